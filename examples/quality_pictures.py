"""What do blank, dark, bright and blurred look like to `quality`? Draws docs/quality/*.png."""

import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 236, 152


def scene() -> Image.Image:
    """Draw a house under the sun, with bricks and grass so that it has fine details."""
    dice = random.Random(7)  # noqa: S311 - nothing here is secret
    image = Image.new("RGB", (WIDTH, HEIGHT), (150, 190, 230))
    draw = ImageDraw.Draw(image)
    draw.ellipse((196, 14, 232, 50), fill=(255, 235, 150))
    draw.rectangle((0, 132, WIDTH, HEIGHT), fill=(95, 140, 75))
    for _ in range(500):
        x, y = dice.randrange(WIDTH), dice.randrange(134, HEIGHT)
        draw.line((x, y, x + dice.randrange(-2, 3), y - dice.randrange(3, 8)), fill=(60, 105, 50))
    draw.rectangle((60, 70, 170, 150), fill=(175, 100, 80))
    for row, top in enumerate(range(70, 150, 8)):
        draw.line((60, top, 170, top), fill=(210, 190, 175))
        for left in range(60 + row % 2 * 8, 170, 16):
            draw.line((left, top, left, top + 8), fill=(210, 190, 175))
    draw.polygon(((50, 70), (115, 28), (180, 70)), fill=(110, 55, 50))
    draw.rectangle((78, 90, 104, 116), fill=(70, 90, 120), outline=(240, 240, 235), width=3)
    draw.rectangle((126, 96, 152, 150), fill=(80, 60, 45), outline=(240, 240, 235), width=3)
    return image


def pictures() -> dict[str, Image.Image]:
    """Give the scene as it is, and each way in which it can be spoilt."""
    sharp = scene()
    return {
        "sharp": sharp,
        "blurred": sharp.filter(ImageFilter.GaussianBlur(5)),
        "dark": sharp.point([value // 10 for value in range(256)] * 3),
        "bright": sharp.point([255 - (255 - value) // 12 for value in range(256)] * 3),
        "blank": Image.new("RGB", sharp.size, (128, 130, 126)),
    }


def main() -> None:
    """Write the pictures."""
    folder = Path(__file__).parent.parent / "docs" / "quality"
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in pictures().items():
        image.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
