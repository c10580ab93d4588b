"""JSON out, by orjson: UTF-8, UUIDs and datetimes without help, UTC written as `Z`."""

from collections.abc import Mapping
from typing import Any, Final, final

import orjson
from rest_framework import renderers
from rest_framework.utils.encoders import JSONEncoder

OPTIONS: Final = orjson.OPT_UTC_Z
_encoder: Final = JSONEncoder()


@final
class OrjsonRenderer(renderers.BaseRenderer):
    media_type = 'application/json'
    format = 'json'
    # RFC 8259: JSON is UTF-8 and defines no charset parameter.
    charset = None

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,  # noqa: ARG002 - REST framework's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - REST framework's signature
    ) -> bytes:
        # What orjson does not know (lazy translations, iterators), REST framework's encoder does.
        return b'' if data is None else orjson.dumps(data, default=_encoder.default, option=OPTIONS)
