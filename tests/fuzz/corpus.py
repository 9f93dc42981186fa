"""What people, phones and attackers type: the bad-input inventory as values for any field."""

from collections.abc import Iterator
from functools import cache
from itertools import product

NAMES = (
    "张三", "阿卜杜拉·买买提艾力", "欧阳娜娜", "𠮷田", "㼆", "䶮", "O'Brien", "Anne-Marie", "王" * 50, "张", "阿卜杜拉•买买提", "阿卜杜拉・买买提",
    "阿卜杜拉.买买提", "Ａｌｉｃｅ", "名\u200b字", "\ufeff王", "e\u0301", "é", "王\u3000五", " 王五 ", "王五\n", "👨‍👩‍👧‍👦", "👍🏽", "🇨🇳", "\ue000", "ﷺ" * 9,
    "z̸̢̗̈́a̵l̷g̸o̴" * 3, "\u202e倒过来", "\u2066隔离\u2069", "a\ufe0f", "ß", "İ", "ı", "王\u00a0五", "null", "None", "undefined", "NaN", "true", "管家", "admin",
)  # fmt: skip
PHONES = (
    "13800138000", "+8613800138000", "008613800138000", "138 0013 8000", "138-0013-8000", "0571-87654321", "0571-87654321-8001",
    "12345678901", "4008001234", "17012345678", "+14155550100", "１３８００１３８０００", "1380013800", "138001380001", "13800138000\n",
    "١٣٨٠٠١٣٨٠٠٠", "13800138000;13900139000", "tel:13800138000", "1e10", "0x33", "138O0138OOO",
)  # fmt: skip
DOCUMENTS = (
    "11010519491231002X", "11010519491231002x", "110105194912310021", "440524188001010014", "110105490231002", "810000199408230021",
    "830000199201300022", "932682198501010017", "ABC123456789012", "E12345678", "11010519000229001X", "110105202902290011",
    "１１０１０５１９４９１２３１００２Ｘ", "1101 0519 4912 3100 2X", "11010519491231002X ", "0" * 18, "9" * 18, "X" * 18,
)  # fmt: skip
PLACES = (
    "3-2-1501",
    "三单元",
    "B座",
    "负一层",
    "0",
    "-1",
    "1单元101",
    "🏠",
    "1幢/2单元",
    "../1",
    "1" * 200,
    "1单元\t101",
    "东区（二期）",
    "#1",
)
TIMES = (
    "2026-11-23", "2023-02-29", "2024-02-29", "20240101", "2024-W01-1", "2026-11-23T09:00:00+08:00", "2026-11-23T09:00:00", "24:00", "23:59:60",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31", "2101-01-01", "1988-07-01", "2026-02-30", "2026-13-01", "今天",
    "2026/11/23", "23.11.2026", "1970-01-01", "-0001-01-01", "2026-11-23 09:00", "２０２６-１１-２３", "0000-00-00", "2026-11-23T25:00:00Z",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1", "-1", "1.0", "1e3", "0x10", "0o17", "１２", "١٢", "1_000", " 12", "12\n", "2147483648", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "1" + "0" * 400, "0.1", "1e999", "-1e999", "1/2", "½", "一", "+1", "--1", "1,000", "１．５",
)  # fmt: skip
INJECTIONS = (
    "'; drop table cases; --", "' OR '1'='1", "%", "_", "%%%", "\\", "\\'", "{{7*7}}", "{%raw%}", "${7*7}", "${jndi:ldap://127.0.0.1/a}", "#{7*7}",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)", "data:text/html,<script>1</script>",
    "=cmd|'/c calc'!A1", "+1+1", "-1+1", "@SUM(1)", "＝1+1", "\t=1", "=HYPERLINK(\"http://x\",\"y\")", "../../etc/passwd", "..\\..\\x", "/etc/passwd",
    "file:///etc/passwd", "CON", "aux.txt", "a\0b", "\0", "%00", "%ED%A0%80", "%2527", "a\r\nSet-Cookie: x=1", "a\nforged: line", "\x1b[31mred\x1b[0m",
    "[x](javascript:alert(1))", "![x](http://127.0.0.1/x.png)", "]]>", "<!--", "-->", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    "__proto__", "constructor", "__class__", "self.__init__", "os.system('x')", "() { :;}; echo", "`id`", "$(id)", "|id", ";id", "&&id",
    "http://127.0.0.1:6379/", "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil\\x", "gopher://127.0.0.1",
    "(a+)+$", "a" * 30 + "!", "(?=.*)" * 20,
)  # fmt: skip
TEXTS = (
    "", " ", "\u3000", "\n", "\t", "\r\n", "。", "a", "字" * 20, "字" * 1001, "字" * 10_001, "a" * 100_000, "长" * 500 + "a" * 500, "\n" * 2000, "a\n" * 1000,
    "👨‍👩‍👧‍👦" * 400, "ａ" * 300, "e\u0301" * 300, "好 " * 600, "\u200b" * 50, "\ud800", "\udfff", "\U0010ffff", "\x07", "\x7f", "\x85", "\u2028", "\ufffd",
    "办。" * 300, "老人证", "我妈在杭州租了房子", "{", "[", "{}", "[]", "null", "\"", "'",
)  # fmt: skip
CONTROLS = tuple(
    f"甲{chr(code)}乙" for code in (*range(32), *range(127, 160), *range(0x200B, 0x2010), *range(0x202A, 0x202F))
)
ODD = (
    None,
    True,
    False,
    0,
    -1,
    1,
    12.9,
    1e308,
    2**63,
    -(2**63) - 1,
    10**400,
    [],
    {},
    [[]],
    [None],
    ["a"],
    {"a": 1},
    [{"a": [1]}],
    ["a"] * 500,
)
"""Values of other types; only JSON can say them."""


@cache
def words() -> tuple[str, ...]:
    """Every text, each once: what can be typed into a form or put into a JSON string."""
    mixed = (f"{name}{place}{name}" for name, place in product(NAMES[:16], INJECTIONS[:24]))
    spread = (f"{text[:8]}{control}" for text, control in product(INJECTIONS[:8], CONTROLS[::4]))
    one = (*NAMES, *PHONES, *DOCUMENTS, *PLACES, *TIMES, *NUMBERS, *INJECTIONS, *TEXTS, *CONTROLS, *mixed, *spread)
    return tuple(dict.fromkeys(one))


def values() -> Iterator[object]:
    """Every value a field of a JSON body may be sent."""
    yield from ODD
    yield from words()
