"""Copy what the pages need from node_modules to ui/static/vendor.

Lucide's icons named in ui/icons.txt become one sprite: <use href="/static/vendor/lucide.svg#gem">.
"""

import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "ui/static/vendor"
SVG = "http://www.w3.org/2000/svg"

FONT = "inter-latin-wght-normal.woff2"
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "Sortable.min.js": "sortablejs/Sortable.min.js",
    FONT: f"@fontsource-variable/inter/files/{FONT}",
}
LICENSED = ("@fontsource-variable/inter", "htmx.org", "lucide-static", "sortablejs")
INHERITED = ("viewBox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")


def main() -> int:
    """Rebuild ui/static/vendor; return the exit status."""
    names = (ROOT / "ui/icons.txt").read_text("utf-8").split()
    icons = MODULES / "lucide-static/icons"
    unknown = [name for name in names if not (icons / f"{name}.svg").is_file()]
    if unknown:
        print(f"ui/icons.txt: no such Lucide icon: {', '.join(unknown)}", file=sys.stderr)
        return 1
    shutil.rmtree(VENDOR, ignore_errors=True)
    licenses = VENDOR / "licenses"
    licenses.mkdir(parents=True)
    for target, source in FILES.items():
        shutil.copyfile(MODULES / source, VENDOR / target)
    for package in LICENSED:
        shutil.copyfile(
            MODULES / package / "LICENSE", licenses / f"{package.rpartition('/')[2]}.txt"
        )
    (VENDOR / "lucide.svg").write_bytes(sprite(icons, names))
    print(f"ui/static/vendor: {len(FILES)} files and {len(set(names))} icons")
    return 0


def sprite(icons: Path, names: list[str]) -> bytes:
    """Return one SVG document with a <symbol> for each named icon."""
    ET.register_namespace("", SVG)
    root = ET.Element(f"{{{SVG}}}svg")
    for name in dict.fromkeys(names):
        icon = ET.parse(icons / f"{name}.svg").getroot()
        kept = {key: icon.attrib[key] for key in INHERITED}
        symbol = ET.SubElement(root, f"{{{SVG}}}symbol", {"id": name, **kept})
        for shape in icon:
            shape.tail = None
            symbol.append(shape)
        symbol.tail = "\n"
    return ET.tostring(root)


if __name__ == "__main__":
    sys.exit(main())
