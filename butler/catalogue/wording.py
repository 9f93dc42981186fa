"""How a matter's facts are said on a page. Pure."""

from services_catalog.model import Matter

_SHORT_DELEGATION = {"yes": "可以请人代办", "limited": "有的环节要本人", "committee": "要自家人办", "no": "要本人去办"}


def row_note(matter: Matter) -> str:
    """One line under a matter's name in a list: who may do it, how long, where."""
    return f"{_SHORT_DELEGATION[matter.delegation.mode]} · {duration(matter)} · {matter.place}"


def duration(matter: Matter) -> str:
    """How long it takes, as the estimate it is: `估计15个工作日`."""
    return f"估计{matter.promised_limit.words}" + ("办好" if matter.promised_limit.unit == "immediate" else "")


def attendance(matter: Matter) -> str:
    """Whether one has to go oneself, and how often."""
    trips = "网上能办，可以一趟都不跑。" if matter.visits == 0 else f"一般要跑{matter.visits}趟。"
    match matter.delegation.mode:
        case "yes":
            return f"不用本人到场，写好委托书别人也能办。{trips}"
        case "limited":
            return f"有的环节要本人：{matter.delegation.note}。{trips}"
        case "committee":
            return f"{matter.delegation.note}。{trips}"
        case _:
            return f"要本人到场，别人不能代替：{matter.delegation.note}。"


def delegation(matter: Matter) -> str:
    """Whether the butler may do it, and why not when not."""
    if matter.delegation.mode == "no":
        return "不能代办，要您自己去。管家可以先帮您问清楚。"
    if "errand" not in matter.channels:
        return f"管家不代办这一件，可以帮您问清楚。{matter.delegation.words}。"
    if matter.delegation.mode == "yes":
        return "能。写好委托书，把材料交给管家就行。"
    return f"能办一部分。{matter.delegation.words}。"
