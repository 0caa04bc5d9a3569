"""What happens to a label before and while it is photographed. The caller gives degrees, and a seed for chance."""

import io
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

_SHADES = ("#2a2118", "#4b3f2e", "#8a7c66", "#e9e4da", "#101010")
_TABLE = "#33302c"


def blurred(image: Image.Image, pixels: float) -> Image.Image:
    """Out of focus by so many pixels (the radius of a Gaussian)."""
    return image.filter(ImageFilter.GaussianBlur(pixels))


def shaken(image: Image.Image, pixels: int, across: bool) -> Image.Image:
    """A hand that moved by so many pixels, across or down, while the shutter was open."""
    frames = [
        ImageChops.offset(image, at if across else 0, 0 if across else at)
        for at in range(-(pixels // 2), pixels // 2 + 1)
    ]
    mixed = frames[0]
    for number, frame in enumerate(frames[1:], start=2):
        mixed = Image.blend(mixed, frame, 1 / number)
    return mixed


def held(image: Image.Image, random: Random) -> Image.Image:
    """The same thing a moment later: a hand moves by some pixels, a degree or two, and a little nearer or further."""
    size = random.uniform(0.98, 1.02)
    return image.rotate(
        random.uniform(-1.5, 1.5), Image.Resampling.BICUBIC, fillcolor=_TABLE,
        translate=(random.randint(-12, 12), random.randint(-8, 8)),
    ).transform(
        image.size, Image.Transform.AFFINE, (1 / size, 0, 0, 0, 1 / size, 0), Image.Resampling.BICUBIC, fillcolor=_TABLE
    )  # fmt: skip


def tilted(image: Image.Image, random: Random, least: float, most: float) -> Image.Image:
    """Seen from one side: the far edge is shorter by a share of the near one, and the whole is foreshortened."""
    wide, high = image.size
    inward = random.uniform(least, most) * high / 2
    near = random.uniform(least, most) * wide / 2
    # The corners of what is seen, in the order Pillow's QUAD asks: upper left, lower left, lower right, upper right.
    quad: tuple[float, ...]
    if random.random() < 0.5:
        quad = (0, -inward, -near, high + inward, wide + near, high - inward / 3, wide, inward / 3)
    else:
        quad = (-near, 0, 0, high, wide, high + inward, wide + near, -inward)
    return image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=_TABLE)


def turned(image: Image.Image, degrees: float) -> Image.Image:
    """The phone, or the drum, is not upright."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=_TABLE)


def dirty(image: Image.Image, random: Random, share: float) -> Image.Image:
    """Dirt as drums have it, over about ``share`` of the picture: two thirds of it smudges of dust and oil that one
    sees through, a third small specks that hide what is below, and a few scratches."""
    made = image.copy()
    whole = image.width * image.height
    left = share * whole * 2 / 3
    while left > 0:
        wide, high = random.uniform(40, 140), random.uniform(30, 90)
        x, y = random.uniform(0, image.width), random.uniform(0, image.height)
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).ellipse(
            (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), fill=random.randint(90, 190)
        )
        made.paste(random.choice(_SHADES), mask=mask.filter(ImageFilter.GaussianBlur(8)))
        left -= 0.785 * wide * high
    return _spotted(made, random, share / 3, 2, 8)


def blotted(image: Image.Image, random: Random, share: float) -> Image.Image:
    """Paint, tar: opaque blots up to 26 pixels (six modules) evenly over about ``share`` of the picture. The error
    correction of a code makes up for a quarter of its bytes, and each blot spoils several: most are too bad."""
    return _spotted(image.copy(), random, share, 3, 26)


def _spotted(made: Image.Image, random: Random, share: float, least: float, most: float) -> Image.Image:
    pen = ImageDraw.Draw(made)
    left = share * made.width * made.height
    while left > 0:
        size = random.uniform(least, most)
        x, y = random.uniform(0, made.width), random.uniform(0, made.height)
        long = random.uniform(0.6, 2.4)
        pen.ellipse((x, y, x + size * long, y + size), fill=random.choice(_SHADES))
        left -= 0.785 * size * size * long
    for _ in range(4):
        ends = [random.uniform(0, length) for length in (made.width, made.height) * 2]
        pen.line(ends, fill=random.choice(_SHADES), width=random.randint(1, 3))
    return made


def noisy(image: Image.Image, random: Random, sigma: float) -> Image.Image:
    """Grain of a small sensor, in each colour, of so many of 255 shades (standard deviation)."""
    size = image.width * image.height * 3
    # A table of Gaussian shades, drawn from by bytes: a picture a blink instead of a second.
    table = bytes(min(max(round(random.gauss(128, sigma)), 0), 255) for _ in range(256))
    grain = Image.frombytes("RGB", image.size, random.randbytes(size).translate(table))
    return ImageChops.add(image, grain, scale=1, offset=-128)


def dark(image: Image.Image, random: Random, light: float) -> Image.Image:
    """A basement: so much of the light is left, and the sensor's grain is not less for it."""
    return noisy(ImageEnhance.Brightness(image).enhance(light), random, 4)


def faded(image: Image.Image, contrast: float) -> Image.Image:
    """Bleached by sun, or behind a dusty film: black and white are so far apart, of 1."""
    return ImageEnhance.Contrast(image).enhance(contrast)


def squeezed(image: Image.Image, quality: int) -> Image.Image:
    """Sent through a messenger: JPEG of that quality."""
    held = io.BytesIO()
    image.save(held, "JPEG", quality=quality)
    return Image.open(held).convert("RGB")


def far(image: Image.Image, share: float) -> Image.Image:
    """Further away: the frame shows the label at such a share of its size."""
    wide, high = image.size
    less = image.resize((round(wide * share), round(high * share)), Image.Resampling.LANCZOS)
    seen = Image.new("RGB", image.size, _TABLE)
    seen.paste(less, ((wide - less.width) // 2, (high - less.height) // 2))
    return seen


def half_shaded(image: Image.Image, random: Random) -> Image.Image:
    """A shadow with a hard edge over a part of the label: a fifth of the light is left there."""
    mask = Image.new("L", image.size, 0)
    wide, high = image.size
    top, foot = random.uniform(0.2, 0.8) * wide, random.uniform(0.2, 0.8) * wide
    ImageDraw.Draw(mask).polygon([(top, 0), (foot, high), (wide, high), (wide, 0)], fill=255)
    return Image.composite(ImageEnhance.Brightness(image).enhance(0.2), image, mask.filter(ImageFilter.GaussianBlur(6)))


def glaring(image: Image.Image, random: Random) -> Image.Image:
    """A lamp in a glossy film: a white spot, soft at its edge, up to a third of the frame's height across."""
    wide, high = image.size
    mask = Image.new("L", image.size, 0)
    size = random.uniform(0.15, 0.33) * high
    x, y = random.uniform(0.25, 0.75) * wide, random.uniform(0.2, 0.8) * high
    ImageDraw.Draw(mask).ellipse((x - size, y - size * 0.7, x + size, y + size * 0.7), fill=235)
    return Image.composite(
        Image.new("RGB", image.size, "white"), image, mask.filter(ImageFilter.GaussianBlur(size / 5))
    )
