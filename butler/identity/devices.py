"""What somebody calls the device they are holding, from what its browser says: words in, words out.

The user agent itself is not kept: a person has to recognise the device, nobody has to recognise the person by it.
"""

_DEVICES = (
    ("HarmonyOS", "华为手机"),
    ("OpenHarmony", "华为手机"),
    ("HUAWEI", "华为手机"),
    ("HONOR", "荣耀手机"),
    ("iPad", "苹果平板"),
    ("iPhone", "苹果手机"),
    ("Xiaomi", "小米手机"),
    ("Redmi", "小米手机"),
    ("OPPO", "OPPO 手机"),
    ("vivo", "vivo 手机"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
_BROWSERS = (
    ("miniProgram", "微信小程序"),
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("AlipayClient", "支付宝"),
    ("UCBrowser", "UC 浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("Edg", "Edge 浏览器"),
    ("Firefox", "Firefox 浏览器"),
    ("Chrome", "Chrome 浏览器"),
    ("Safari", "Safari 浏览器"),
)
UNKNOWN = "认不出的设备"


def device_of(user_agent: str | None) -> str:
    """``苹果手机 · 微信``, ``Windows 电脑 · Edge 浏览器``; `UNKNOWN` for programs and for browsers that say nothing."""
    said = (user_agent or "")[:500]
    found = [next((words for mark, words in known if mark in said), None) for known in (_DEVICES, _BROWSERS)]
    return " · ".join(words for words in found if words) or UNKNOWN
