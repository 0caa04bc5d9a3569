"""The code as a picture: its size, its pixels, and that a camera reads the very bits that were signed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]

from manifests import code, label
from tests.manifests.pictures import HOST, code_paths, codes_in, opened, painted, parsed
from tracker.problems import Problem


def test_a_label_is_183_characters_and_version_9_at_q(link: str) -> None:
    assert len(link) == 183
    assert len(HOST) == 12
    ours = label.matrix(link)
    assert len(ours) == 9 * 4 + 17
    # The library left to itself finds alphanumeric mode and the same size: we lose nothing by fixing mode and mask.
    theirs: QRCode = QRCode(error_correction=ERROR_CORRECT_Q, mask_pattern=label.MASK)
    theirs.add_data(link)
    theirs.make(fit=True)
    assert theirs.version == 9
    assert ours == tuple(tuple(map(bool, row)) for row in theirs.modules)


@pytest.mark.parametrize(("host", "version"), [("a.cn", 9), ("waste-track.bda.cn", 9), ("waste-tracks.bda.cn", 10)])
def test_the_host_decides_the_version(host: str, version: int) -> None:
    assert len(label.matrix(code.text(host, bytes(100)))) == version * 4 + 17


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("mm", [25.0, 40.0])
def test_what_is_printed_is_read_back_to_the_bit(link: str, mm: float, dpi: int) -> None:
    image = opened(label.png(link, mm=mm, dpi=dpi))
    (read,) = codes_in(image)
    assert read.text == link
    assert (read.format.name, read.ec_level) == ("QRCode", "Q")
    scanned = code.read(read.text, hosts=[HOST])
    assert scanned.facts + scanned.signature == base64.b32decode(link.rpartition("/")[2])


@given(signed=st.binary(min_size=100, max_size=100))
@settings(max_examples=20, deadline=None)
def test_any_label_is_read_back_at_203_dpi(signed: bytes) -> None:
    link = code.text(HOST, signed)
    (read,) = codes_in(opened(label.png(link, mm=31, dpi=203)))
    assert read.text == link


def test_modules_are_whole_pixels_with_four_light_ones_around(link: str) -> None:
    image = opened(label.png(link, mm=40, dpi=203))
    assert image.mode == "1"
    assert image.size == (61 * 5, 61 * 5)
    assert image.width / 203 * 25.4 <= 40
    assert tuple(round(each) for each in image.info["dpi"]) == (203, 203)
    light = image.convert("L")
    dots = light.resize((61, 61), Image.Resampling.NEAREST)
    assert light.tobytes() == dots.resize(light.size, Image.Resampling.NEAREST).tobytes()
    assert dots.point(lambda dot: 255 - dot).getbbox() == (4, 4, 57, 57)


def test_the_svg_holds_the_same_modules(link: str) -> None:
    svg = label.svg(link, mm=40)
    root = parsed(svg)
    assert (root.attrib["width"], root.attrib["height"], root.attrib["viewBox"]) == ("40mm", "40mm", "0 0 61 61")
    (path,) = code_paths(svg)
    image = painted(path, side=61)
    assert image.tobytes() == label.bitmap(link, pixels=4).convert("L").tobytes()
    (read,) = codes_in(image)
    assert read.text == link


def test_a_code_with_a_blot_is_still_read(link: str) -> None:
    image = label.bitmap(link, pixels=4)
    image.paste(0, (100, 100, 150, 150))
    (read,) = codes_in(image)
    assert read.text == link


@pytest.mark.parametrize(
    ("mm", "dpi"), [(0, 300), (-1, 300), (10, 300), (15, 203), (1e9, 300), (40, 1), (40, 10**9), (float("nan"), 300)]
)
def test_sizes_that_cannot_be_scanned_are_refused(link: str, mm: float, dpi: int) -> None:
    with pytest.raises(Problem, match="label_size_out_of_range"):
        label.png(link, mm=mm, dpi=dpi)


def test_the_least_size_that_a_refusal_names_works(link: str) -> None:
    for dpi in (150, 203, 300, 600, 1200):
        with pytest.raises(Problem) as refusal:
            label.png(link, mm=1, dpi=dpi)
        (read,) = codes_in(opened(label.png(link, mm=refusal.value.params["least"], dpi=dpi)))
        assert read.text == link


def test_an_svg_has_the_same_limits(link: str) -> None:
    with pytest.raises(Problem, match="label_size_out_of_range"):
        label.svg(link, mm=5)


@pytest.mark.parametrize("text", ["https://waste.bda.cn/m/aa", "废物", "A\nB", "A#B"])
def test_only_alphanumeric_mode_is_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="alphanumeric"):
        label.matrix(text)


def test_two_keys_draw_two_codes(label_of_another_key: str, link: str) -> None:
    assert label.matrix(link) != label.matrix(label_of_another_key)


@pytest.fixture
def label_of_another_key(label: code.Label) -> str:
    return code.text(HOST, code.sign(label, Ed25519PrivateKey.from_private_bytes(bytes(32))))
