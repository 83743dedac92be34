"""A processor's own face: a name, a colour that can be read, and a logo that is a picture and nothing else."""

import struct
import zlib

import pytest

from service.face import ENOUGH, coloured, contrast, shades, sheet
from tests.board.conftest import SignIn
from tests.pages.conftest import Site
from workflows.errors import BadInput
from workflows.intake.face import LARGEST, checked_png


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*more: bytes, width: int = 1, height: int = 1, pixels: bytes | None = None) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    drawn = chunk(b"IDAT", zlib.compress(b"\0\x0b\x5d\x66")) if pixels is None else pixels
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + drawn + chunk(b"IEND")


@pytest.mark.parametrize("colour", ["#0b5d66", "#ffffff", "#000000", "#ffff00", "#ff0000", "#808080", "#00ff88"])
def test_text_in_a_colour_and_on_it_can_be_read(colour: str) -> None:
    found = shades(colour)
    for ground in ("#ffffff", "#f6f7f7", "#f1f2ef", found.light_tint, found.on_light):
        assert contrast(found.light, ground) >= ENOUGH, ground
    for ground in ("#12181a", "#1a2224", "#15181b", "#1e2226", found.dark_tint, found.on_dark):
        assert contrast(found.dark, ground) >= ENOUGH, ground
    assert found.light in sheet(colour)


def test_a_colour_that_can_be_read_stays() -> None:
    assert shades("#0b5d66").light == "#0b5d66"
    assert shades("#7fd0d8").dark == "#7fd0d8"


def test_in_a_mail_styles_alone_are_coloured() -> None:
    html = '<a style="color:#1f4e79;x" bgcolor="#1f4e79">#1f4e79</a>'
    assert coloured(html, None) == html
    assert coloured(html, "#0b5d66") == '<a style="color:#0b5d66;x" bgcolor="#0b5d66">#1f4e79</a>'


def test_a_picture_is_kept_without_what_nobody_sees_of_it() -> None:
    assert checked_png("logo", png(chunk(b"tEXt", b"Author\0Kim"), chunk(b"pHYs", b"\0" * 9))) == png(
        chunk(b"pHYs", b"\0" * 9)
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png()[:-1],
        png() + b"<script>",
        png(width=2_001),
        png(width=0),
        png(chunk(b"IHDR", b"\0" * 13)),
        png(pixels=b""),
        png(chunk(b"EVIL")),
        png().replace(b"IEND", b"IENE"),
        png(chunk(b"tEXt", b"x" * LARGEST)),
    ],
)
def test_what_is_no_such_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        checked_png("logo", raw)


async def test_pages_wear_the_face_that_an_admin_gives(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor(slug="acme", public=True)
    plain = (await site.client.get("/s/acme")).text
    assert "/assets/face-" not in plain
    admin = await person("admin")
    settings = f"/board/processors/{world.processor}"
    upload = {"_csrf_token": await admin.csrf()}
    sent = await admin.client.post(f"{settings}/logo", data=upload, files={"png": ("logo.png", png(), "image/png")})
    assert sent.status_code == 303, sent.text
    wrong = await admin.client.post(
        f"{settings}/logo", data=upload, files={"png": ("logo.png", b"GIF89a", "image/png")}
    )
    assert "is no PNG, or a broken one" in wrong.text
    assert (await admin.client.post(f"{settings}/logo", data=upload)).status_code == 422

    public = (await site.client.get("/s/acme")).text
    start = public.index("assets/logo-")
    name = public[start : public.index('"', start)]
    picture = await site.client.get(f"/{name}")
    assert picture.content == png()
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert f"/{name}" in (await admin.get("/board")).text
    assert (await site.client.get("/assets/logo-" + "0" * 64 + ".png")).status_code == 404
    gone = await admin.client.post(f"{settings}/logo", data={**upload, "remove": "yes"})
    assert gone.status_code == 303
    assert "/assets/logo-" not in (await site.client.get("/s/acme")).text
    assert (await site.client.get(f"/{name}")).status_code == 404


async def test_nobody_else_gives_it(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    director = await person("director")
    assert (await director.get(f"/board/processors/{site.world.processor}/logo")).status_code == 403
