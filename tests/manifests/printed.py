"""Reading back what was printed: words, pages, fonts, pictures and codes of a PDF; and samples for the docs."""

import io
import os
import subprocess
from pathlib import Path

import zxingcpp
from PIL import Image

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "samples" / "papers"


def ran(command: str, pdf: bytes, *arguments: str) -> bytes:
    return subprocess.run([command, *arguments], input=pdf, capture_output=True, check=True).stdout


def words(pdf: bytes) -> str:
    """All words of a PDF without the white space between them: a line may break anywhere."""
    return "".join(ran("pdftotext", pdf, "-", "-").decode().replace("\u200b", "").split())


def pages(pdf: bytes) -> int:
    said = ran("pdfinfo", pdf, "-").decode()
    return int(next(line for line in said.splitlines() if line.startswith("Pages:")).split()[1])


def pictures(pdf: bytes, dpi: int = 100) -> list[Image.Image]:
    """Each page as a picture."""
    found = []
    for page in range(1, pages(pdf) + 1):
        png = ran("pdftoppm", pdf, "-r", str(dpi), "-png", "-f", str(page), "-l", str(page), "-")
        found.append(Image.open(io.BytesIO(png)))
    return found


def codes(pdf: bytes, dpi: int = 203) -> list[str]:
    """Every code zxing-cpp reads from the rendered pages, twice where it is there twice."""
    return [
        code.text
        for page in pictures(pdf, dpi)
        for code in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)
    ]


def is_pdf_a(pdf: bytes) -> None:
    """What can be said of PDF/A-2b without a validator: it claims to be, embeds every font, and is not scripted."""
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert b"/OutputIntent" in pdf
    listed = ran("pdffonts", pdf, "-").decode().splitlines()[2:]
    assert listed
    for line in listed:
        embedded, _, unicode = line.split()[-5:-2]
        assert (embedded, unicode) == ("yes", "yes"), line
    for forbidden in (b"/JavaScript", b"/SMask", b"/Launch", b"/EmbeddedFile", b"/Encrypt"):
        assert forbidden not in pdf
    opacities = {each.split()[0] for each in pdf.split(b"/ca ")[1:]} | {
        each.split()[0] for each in pdf.split(b"/CA ")[1:]
    }
    assert opacities <= {b"1", b"1.0"}


def keep(name: str, pdf: bytes) -> None:
    """With SAMPLES=1, the document and its first pages as pictures in docs/samples/papers."""
    if os.environ.get("SAMPLES") != "1":
        return
    SAMPLES.mkdir(parents=True, exist_ok=True)
    for at, page in enumerate(pictures(pdf, 80)[:3], start=1):
        page.convert("L").quantize(16).save(SAMPLES / f"{name}-{at}.png", optimize=True)
