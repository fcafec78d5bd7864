"""Pictures are opened in another process, and come out as nothing but pixels."""

import random
import signal
from collections.abc import AsyncIterator
from io import BytesIO

import anyio
import psutil  # type: ignore[import-untyped]
import pytest
from PIL import Image

from runtime.media.decoders import Decoders, MediaRefused
from runtime.media.pictures import Pictures
from tests.support.media import SECRET_PLACE, announced, bomb, noisy, picture, telling


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    made = Decoders(processes=2)
    yield Pictures(made)
    await made.aclose()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def decoders() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "decoder.py" in " ".join(child.cmdline())]


@pytest.mark.parametrize(
    ("given", "size"),
    [
        (picture(300, 200), (100, 67)),
        (picture(200, 300, "WEBP"), (67, 100)),
        (picture(50, 20), (50, 20)),
        (picture(300, 200, "JPEG", "CMYK"), (100, 67)),
        (picture(300, 200, "PNG", "LA"), (100, 67)),
        (picture(300, 200, "PNG", "P"), (100, 67)),
        (picture(300, 200, "PNG", "1"), (100, 67)),
        (picture(300, 1, "PNG"), (100, 1)),
    ],
)
async def test_a_picture_becomes_a_small_jpeg(
    pictures: Pictures, given: bytes, size: tuple[int, int]
) -> None:
    small = opened(await pictures.reencode(given, longest_side=100))

    assert small.format == "JPEG"
    assert small.mode == "RGB"
    assert small.size == size


@pytest.mark.parametrize("form", ["image/jpeg", "image/png", "image/webp"])
async def test_nothing_but_pixels_is_left_and_they_stand_upright(
    pictures: Pictures, form: str
) -> None:
    given = telling()
    assert SECRET_PLACE.encode() in given

    kept = await pictures.reencode(given, longest_side=100, form=form)

    assert SECRET_PLACE.encode() not in kept
    assert not opened(kept).getexif()
    assert opened(kept).size == (48, 64)
    assert Image.MIME[opened(kept).format or ""] == form


async def test_what_hides_behind_a_picture_is_not_kept(pictures: Pictures) -> None:
    kept = await pictures.reencode(picture() + b"PK\x03\x04<script>", longest_side=100)

    assert b"<script>" not in kept


async def test_see_through_becomes_white_where_a_form_knows_no_other(pictures: Pictures) -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")

    jpeg = opened(await pictures.reencode(out.getvalue(), longest_side=20))
    png = opened(await pictures.reencode(out.getvalue(), longest_side=20, form="image/png"))

    assert jpeg.getpixel((10, 10)) == (255, 255, 255)
    assert png.getpixel((10, 10))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0",
        picture()[:200],
        noisy()[:-400],
        picture(form="GIF"),
        picture(form="BMP"),
        announced(50_000, 50_000),
        announced(50_000, 2),
        announced(2**31 - 1, 2**31 - 1),
        announced(0, 0),
        announced(3_000, 3_000),
        bomb(7_000, 6_000),
    ],
)
async def test_what_is_no_picture_is_refused_and_the_decoder_goes_on(
    pictures: Pictures, content: bytes
) -> None:
    with pytest.raises(MediaRefused, match=r"damaged|too large"):
        await pictures.reencode(content, longest_side=100)
    before = [process.pid for process in decoders()]

    assert await pictures.reencode(picture(), longest_side=100)
    assert [process.pid for process in decoders()] == before


async def test_a_decoder_that_dies_or_hangs_costs_its_picture_alone() -> None:
    made = Decoders(processes=1, seconds=1)
    pictures = Pictures(made)
    await pictures.reencode(picture(), longest_side=10)
    for blow in (signal.SIGKILL, signal.SIGSTOP):
        (decoder,) = decoders()
        decoder.send_signal(blow)

        with pytest.raises(MediaRefused, match="too much memory or time"):
            await pictures.reencode(picture(), longest_side=10)

        assert await pictures.reencode(picture(), longest_side=10)
    await made.aclose()
    assert decoders() == []


async def test_a_caller_who_leaves_takes_the_decoder_along(pictures: Pictures) -> None:
    await pictures.reencode(picture(), longest_side=10)
    decoders()[0].send_signal(signal.SIGSTOP)

    with anyio.move_on_after(0.2):
        await pictures.reencode(picture(), longest_side=10)

    assert decoders() == []
    assert await pictures.reencode(picture(), longest_side=10)


async def test_so_many_decoders_work_at_once_and_no_more(pictures: Pictures) -> None:
    seen: list[int] = []

    async def one() -> None:
        await pictures.reencode(picture(200, 200), longest_side=100)
        seen.append(len(decoders()))

    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(one)

    assert len(seen) == 12
    assert max(seen) <= 2


async def test_a_decoder_knows_no_secret_and_is_bounded(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERYAO_SECRET_KEY", "never to be seen")
    await pictures.reencode(picture(), longest_side=10)

    (decoder,) = decoders()

    assert "ERYAO_SECRET_KEY" not in decoder.environ()
    assert decoder.rlimit(psutil.RLIMIT_AS)[0] <= 640 * 1024 * 1024
    assert decoder.rlimit(psutil.RLIMIT_CPU)[0] < 60
    assert decoder.rlimit(psutil.RLIMIT_FSIZE)[0] == 0


async def test_broken_pictures_of_every_kind_end_nothing(pictures: Pictures) -> None:
    chance = random.Random(8)
    good = [picture(), picture(form="PNG"), picture(form="WEBP"), telling(), noisy(30, 30)]
    for number in range(120):
        broken = bytearray(good[number % len(good)])
        for _ in range(1 + number % 7):
            broken[chance.randrange(len(broken))] = chance.randrange(256)

        try:
            kept = await pictures.reencode(bytes(broken), longest_side=50)
        except MediaRefused:
            continue
        assert opened(kept).format == "JPEG"

    assert len(decoders()) == 1
