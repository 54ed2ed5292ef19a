"""What a browser says of itself, in words that its owner recognises."""

# The first that is found is meant: Edge calls itself Chrome too, and Chrome calls itself Safari.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"), ("DingTalk/", "DingTalk"), ("Edg", "Edge"), ("OPR/", "Opera"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("Android", "Android"),
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(words: str) -> str:
    """Return `Chrome · Windows`; what is not known is left out, all of it perhaps."""
    found = (
        next((name for sign, name in table if sign in words), "") for table in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(one for one in found if one)
