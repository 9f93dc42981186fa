"""What a butler agrees to before residents see their picture, and who still has one. Pure."""

from collections.abc import Collection, Mapping
from datetime import date

from butler.identity.permissions import Role

VERSION = "portrait-1"
WORDS: Mapping[str, str] = {
    VERSION: "照片只放在您这几幢楼的管家卡页面上，让居民认得上门的人。扫了卡的人都看得到。不放照片不影响工作；"
    "随时可以自己撤下，任命结束或者停用时自动删掉。",
}
"""By version, the words read to the butler. A picture of somebody at work needs their consent (PIPL art. 13(1)1 and 14;
Civil Code art. 1019), which they take back as easily as they give it (PIPL art. 15). Articles from memory, not read."""

Span = tuple[str, date | None]
"""Role, and the first day on which the post no longer holds."""


def may_have(posts: Collection[Span], *, disabled: bool, today: date) -> bool:
    """Whether somebody with these posts is shown to residents: a butler, now or soon, who has not been shut out."""
    return not disabled and any(role == Role.BUTLER and (end is None or end > today) for role, end in posts)
