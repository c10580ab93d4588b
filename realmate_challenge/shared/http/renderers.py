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

    def render(self, data: object, media_type: str | None = None, context: Any = None) -> bytes:  # noqa: ANN401, ARG002 - REST framework's signature
        # REST framework's encoder converts what orjson does not know, such as lazy translations.
        body = orjson.dumps(data, default=_encoder.default, option=orjson.OPT_UTC_Z)
        if context:
            # Break the reference cycle of view and response, which would keep megabytes until a garbage collection.
            vars(context['view']).clear()
            context.clear()
        return body
