"""How an attacker, or somebody confused, might spell the URL of a file."""

from typing import Any
from uuid import uuid4


def spellings(file: Any, root: str) -> list[tuple[str, str]]:
    """URLs of an attacker, and of somebody confused, with what each is refused as."""
    path, own = file["path"], file["path"].partition("/files/")[0]
    origin = root.rpartition("/")[0].removesuffix("/api/v1") if "://" in root else ""
    host, bucket, scope = (f"INVALID_BINARY_URL_{w}" for w in ("HOST", "BUCKET", "PATH_SCOPE"))
    foreign = [
        f"https://evil.example/{path}",
        f"https://evil.example{root.removeprefix(origin)}/{path}",
        f"//evil.example/{path}",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "\\\\evil.example\\x",
        "x",
        f" {root}/{path}",
        f"data:image/png;base64,{path}",
    ]
    if origin:
        name = origin.partition("://")[2]
        wide = name.replace(".", "\uff0e")
        foreign += [
            f"http://{name}@evil.example/{path}",
            f"http://user@{name}{root.removeprefix(origin)}/{path}",
            f"http://{name}.evil.example/{path}",
            f"http://{name}:80/{path}",
            f"HTTP://{name}{root.removeprefix(origin)}/{path}",
            f"https://{name}{root.removeprefix(origin)}/{path}",
            f"http://{wide}{root.removeprefix(origin)}/{path}",
            f"http://{name}\\@evil.example/{path}",
        ]
    base, bucket_name = root.rsplit("/", 1)
    others = [
        f"{base}/other/{path}",
        f"{base}/{bucket_name}x/{path}",
        f"{base}/{bucket_name.upper()}/{path}",
        f"{base}/./{bucket_name}/{path}",
        f"{base}/%66iles/{path}",
    ]
    turned = path.replace("/", "\\")
    outside = [
        f"{root}/u/{uuid4()}/files/x",
        f"{root}/{own}x/files/y",
        f"{root}/{own[:-1]}/files/y",
        f"{root}/{own}/../{path}",
        f"{root}/{own}/%2e%2e/{path}",
        f"{root}/{own}%2ffiles%2fx",
        f"{root}//{path}",
        f"{root}/{path}/",
        f"{root}/{path}#x",
        f"{root}/{path};x",
        f"{root}/{path}\t",
        f"{root}/{turned}",
        f"{root}/secret.key",
        f"{root}/",
        f"{root}/{own}/files/{uuid4()}",
        f"{root}/{own}/uploads/{file['id']}",
        f"{root}/{path.upper()}",
    ]
    return [
        *((url, host) for url in foreign),
        *((url, bucket) for url in others),
        *((url, scope) for url in outside),
    ]
