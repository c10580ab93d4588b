from typing import Any, Final

import orjson
from rest_framework import renderers
from rest_framework.utils.encoders import JSONEncoder

_encoder: Final = JSONEncoder()


class OrjsonRenderer(renderers.BaseRenderer):
    media_type = 'application/json'
    format = 'json'
    # RFC 8259: JSON is always UTF-8 and has no charset parameter.
    charset = None

    def render(self, data: object, *_: Any) -> bytes:  # noqa: ANN401 - REST framework's signature
        # REST framework's encoder converts what orjson does not know, such as lazy translations.
        return orjson.dumps(data, default=_encoder.default, option=orjson.OPT_UTC_Z)
