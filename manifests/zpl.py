"""Labels for thermal printers: ZPL II, in which everything is a picture.

The words of a label are drawn by us and sent as dots (``^GFA``), so no name ever stands in the program the printer
runs: a ``^XZ`` or ``~JR`` in a company's name is letters on paper, and a printer needs no Chinese font. The dots are
shortened by Zebra's own run lengths, which its printers have read for decades.
"""

import re

from PIL import Image

#: Zebra's counts: G to Y are 1 to 19, g to z are 20 to 400 in twenties; they add up, and the digit counted follows.
_ONES = " GHIJKLMNOPQRSTUVWXY"
_TWENTIES = " ghijklmnopqrstuvwxyz"
_RUN = re.compile(r"([0-9A-F])\1{2,}")
_RUN_MAX = 419


def label(image: Image.Image, *, copies: int = 1) -> str:
    """One label of the size of ``image`` (1 bit, dark is printed), ``copies`` times."""
    dots = image.convert("1", dither=Image.Dither.NONE)
    width, height = dots.size
    across = (width + 7) // 8
    # Pillow's 1 is light and its rows are padded with zeros; ZPL's 1 is a burnt dot, and the padding must stay white.
    padding = (1 << (across * 8 - width)) - 1
    data = dots.tobytes()
    rows = []
    before = None
    for top in range(height):
        bits = int.from_bytes(data[top * across : (top + 1) * across], "big") | padding
        row = f"{bits ^ ((1 << across * 8) - 1):0{across * 2}X}"
        rows.append(":" if row == before else _shortened(row))
        before = row
    return (
        f"^XA^LH0,0^LS0^LT0^PW{width}^LL{height}^PQ{copies}^FO0,0"
        f"^GFA,{across * height},{across * height},{across},{''.join(rows)}^FS^XZ\n"
    )


def _shortened(row: str) -> str:
    bare = row.rstrip("0")
    ended = "," if len(bare) < len(row) else ""
    if not ended and row.endswith("FF"):
        bare, ended = row.rstrip("F"), "!"
    return _RUN.sub(_counted, bare) + ended


def _counted(run: re.Match[str]) -> str:
    digit, length = run[1], len(run[0])
    counts = ""
    while length > 0:
        part = min(length, _RUN_MAX)
        counts += (_TWENTIES[part // 20] + _ONES[part % 20]).replace(" ", "") + digit
        length -= part
    return counts
