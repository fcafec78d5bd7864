"""Multipart forms under limits, each part refused while it comes in, not after."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from runtime.errors import Code, Problem

MULTIPART = "multipart/form-data"
# What a part may hold in memory; the rest waits on the disk, however slowly it comes.
IN_MEMORY = 256 * 1024
MOST_PARTS = 32
LONGEST_BOUNDARY = 70


@dataclass(frozen=True, slots=True)
class FileLimit:
    """How many files a field may have, of which size, and how a client is told otherwise."""

    largest: int
    too_large: Problem
    most: int = 1
    too_many: Problem | None = None


@dataclass(slots=True)
class Upload:
    """One file of a form; `read` it once there is room for all of it."""

    field_name: str
    name: str | None
    declared: str | None
    size: int = 0
    _file: "SpooledTemporaryFile[bytes]" = field(
        default_factory=lambda: SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    )

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)

    def read(self) -> bytes:
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True)
class Form:
    """The fields and files that were asked for; others were read over."""

    texts: dict[str, str] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)


@asynccontextmanager
async def read_form(
    request: Request,
    *,
    files: Mapping[str, FileLimit],
    texts: Mapping[str, int] | None = None,
    too_long: Mapping[str, Problem] | None = None,
    only: bool = False,
) -> AsyncIterator[Form]:
    """The form, for as long as its files are open; `texts` are fields and their most bytes.

    `too_long` is how a client is told of a longer one; with `only`, other fields are refused.
    """
    reader = _Reader(files, texts or {}, too_long or {}, only=only)
    try:
        parser = MultipartParser(_boundary(request), reader.callbacks())  # type: ignore[arg-type]
        try:
            async for chunk in request.stream():
                parser.write(chunk)
            parser.finalize()
            reader.check_end()
        except FormParserError:
            raise _malformed("The form cannot be read.") from None
        except Problem as refused:
            if refused.code is Code.REQUEST_TOO_LARGE and len(files) == 1:
                raise next(iter(files.values())).too_large from None
            raise
        yield reader.form
    finally:
        for upload in reader.form.files:
            upload.close()


@asynccontextmanager
async def spooled(request: Request, limit: int) -> AsyncIterator[Upload]:
    """A body that is one file; past the limit it is refused while it comes in."""
    upload = Upload("", None, request.headers.get("content-type"))
    try:
        async for chunk in request.stream():
            if upload.size + len(chunk) > limit:
                raise Problem(Code.REQUEST_TOO_LARGE, f"The body is over {limit} bytes.")
            upload.write(chunk)
        yield upload
    finally:
        upload.close()


def is_form(request: Request) -> bool:
    """Whether the body calls itself a multipart form."""
    media_type, _ = parse_options_header(request.headers.get("content-type", ""))
    return media_type.decode("latin-1").lower() == MULTIPART


def _boundary(request: Request) -> bytes:
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if media_type.decode("latin-1").lower() != MULTIPART:
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {MULTIPART}.")
    if not 1 <= len(boundary) <= LONGEST_BOUNDARY:
        raise _malformed("The form has no boundary.")
    return boundary


class _Reader:
    """What the parser calls: one part after the other."""

    def __init__(
        self,
        files: Mapping[str, FileLimit],
        texts: Mapping[str, int],
        too_long: Mapping[str, Problem],
        *,
        only: bool,
    ) -> None:
        self._files = files
        self._texts = texts
        self._too_long = too_long
        self._only = only
        self._parts = 0
        self._ended = False
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._upload: Upload | None = None
        self._text: tuple[str, bytearray] | None = None
        self.form = Form()

    def callbacks(self) -> dict[str, object]:
        names = (
            "end",
            "part_begin",
            "header_field",
            "header_value",
            "header_end",
            "headers_finished",
        )
        return {f"on_{name}": getattr(self, name) for name in (*names, "part_data", "part_end")}

    def end(self) -> None:
        self._ended = True

    def check_end(self) -> None:
        """What was torn off in the middle of a file is no file."""
        if not self._ended:
            raise _malformed("The form ends too early.")

    def part_begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _malformed(f"The form has more than {MOST_PARTS} parts.")
        self._headers, self._upload, self._text = {}, None, None

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode(errors="replace")
        if limit := self._files.get(name):
            self._begin_file(name, limit, options.get(b"filename"))
        elif name in self._texts:
            if name in self.form.texts:
                raise _malformed(f"The field {name} came twice.", f"/{name}")
            self._text = name, bytearray()
        elif self._only:
            known = ", ".join((*self._texts, *self._files))
            raise _malformed(f"The form has a field that is none of {known}.")

    def _begin_file(self, name: str, limit: FileLimit, filename: bytes | None) -> None:
        if sum(upload.field_name == name for upload in self.form.files) == limit.most:
            raise limit.too_many or _malformed(f"The field {name} came twice.")
        declared = self._headers.get(b"content-type")
        self._upload = Upload(
            name,
            filename.decode(errors="replace") if filename is not None else None,
            declared.decode("latin-1") if declared else None,
        )
        self.form.files.append(self._upload)

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._upload is not None:
            limit = self._files[self._upload.field_name]
            if self._upload.size + end - start > limit.largest:
                raise limit.too_large
            self._upload.write(data[start:end])
        elif self._text is not None:
            name, text = self._text
            text += data[start:end]
            if len(text) > self._texts[name]:
                why = f"{name} is longer than {self._texts[name]} bytes."
                raise self._too_long.get(name) or _malformed(why, f"/{name}")

    def part_end(self) -> None:
        if self._text is None:
            return
        name, text = self._text
        try:
            self.form.texts[name] = text.decode()
        except UnicodeDecodeError:
            raise _malformed(f"{name} is not UTF-8.", f"/{name}") from None


def _malformed(text: str, pointer: str = "") -> Problem:
    return Problem.at(Code.REQUEST_VALIDATION_ERROR, pointer, text)
