"""HTTP within this machine: nobody's certificates are read for it, which takes 25 ms each time."""

import ssl
from functools import partial

import httpx2

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Client = partial(httpx2.Client, verify=NOBODY)
request = partial(httpx2.request, verify=NOBODY)
get = partial(httpx2.get, verify=NOBODY)
post = partial(httpx2.post, verify=NOBODY)
put = partial(httpx2.put, verify=NOBODY)
