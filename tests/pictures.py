"""Which pictures do the tests send? Drawn here, like photographs: light, edges, grain."""

import io
import random
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP")
ANIMATED = ("PNG", "WEBP", "GIF", "AVIF", "TIFF")
"""The formats that hold several frames (or pages)."""
ORIENTATION, GPS = 0x0112, 0x8825


def scene(width: int = 320, height: int = 240, seed: int = 1) -> Image.Image:
    """Draw a scene: a sky that grows darker, hills, a sun, a fence with hard edges, and grain."""
    dice = random.Random(seed)
    sky = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", (sky.point(lambda v: 90 + v // 3), sky.point(lambda v: 140 + v // 4),
                                sky.point(lambda v: 230 - v // 5)))  # fmt: skip
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        left, top = dice.uniform(-0.2, 0.8) * width, dice.uniform(0.4, 0.7) * height
        right, green = left + dice.uniform(0.4, 0.8) * width, dice.randrange(60, 160)
        draw.ellipse((left, top, right, top + height), fill=(40, green, 50), outline=(20, 50, 30))
    radius, middle = min(width, height) / 8, dice.uniform(0.2, 0.8) * width
    draw.ellipse((middle - radius, radius, middle + radius, 3 * radius), fill=(255, 240, 180))
    for post in range(0, width, max(4, width // 20)):
        draw.rectangle((post, height * 3 // 4, post + width // 60, height), fill=(90, 60, 40))
    coarse = (max(1, width // 2), max(1, height // 2))
    grain = Image.frombytes("RGB", coarse, dice.randbytes(coarse[0] * coarse[1] * 3))
    return Image.blend(image, grain.resize((width, height)), 0.12)


def make(
    name: str = "JPEG",
    width: int = 320,
    height: int = 240,
    *,
    seed: int = 1,
    mode: str = "RGB",
    frames: int = 1,
    orientation: int = 0,
    gps: bool = False,
    **saving: Any,
) -> bytes:
    """Give the bytes of a scene in a format of Pillow's (`JPEG`, `PNG`, ...)."""
    exif = Image.Exif()
    if orientation:
        exif[ORIENTATION] = orientation
    if gps:
        place = exif.get_ifd(GPS)
        place.update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    if orientation or gps:
        saving["exif"] = exif
    if frames > 1:
        more = [scene(width, height, seed + i).convert(mode) for i in range(1, frames)]
        saving |= {"save_all": True, "append_images": more}
        if name != "TIFF":
            saving["duration"] = 100
    content = io.BytesIO()
    scene(width, height, seed).convert(mode).save(content, name, **saving)
    return content.getvalue()


def blurred(width: int = 320, height: int = 240, radius: float = 6) -> bytes:
    """Give a scene out of focus, as PNG."""
    return png(scene(width, height).filter(ImageFilter.GaussianBlur(radius)))


def png(image: Image.Image) -> bytes:
    """Give an image as PNG."""
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
