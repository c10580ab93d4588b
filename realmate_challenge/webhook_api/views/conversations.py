from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from realmate_challenge.shared.observability import security_log
from realmate_challenge.shared.pagination import Links, PageRequest
from realmate_challenge.webhook_api import composition, openapi
from realmate_challenge.webhook_api.serializers.conversation_lists import (
    parse_conversation_filter,
    present_conversation_list,
)
from realmate_challenge.webhook_api.serializers.transcripts import parse_conversation_id, present_transcript


class ReadView(APIView):
    """A view of conversations."""

    def perform_authentication(self, request: Request) -> None:
        """Leave it to the permission: open reading ignores credentials, also expired ones."""

    def links(self, page: PageRequest, count: int) -> Links:
        request = self.request
        # What `build_absolute_uri` returns. It parses and quotes the quoted path again.
        return page.links(f'{request.scheme}://{request.get_host()}{request.get_full_path()}', count)


class ConversationListView(ReadView):
    """List conversations."""

    @openapi.list_conversations
    def get(self, request: Request) -> Response:
        query = request.query_params
        page = PageRequest.from_query(query)
        newest_first = query.get('ordering') != 'opened_at'
        found = composition.list_conversations()(parse_conversation_filter(query), page, newest_first=newest_first)
        return Response(present_conversation_list(found, self.links(page, found.count)))


class ConversationView(ReadView):
    """Read a conversation."""

    @openapi.read_conversation
    def get(self, request: Request, conversation_id: str) -> Response:
        page = PageRequest.from_query(request.query_params)
        newest_first = request.query_params.get('ordering') == '-timestamp'
        wanted = parse_conversation_id(conversation_id)
        transcript = composition.get_conversation()(wanted, page, newest_first=newest_first)
        if settings.API_REQUIRE_AUTH:
            security_log.record(request, 'conversation read', request.user, conversation_id=str(wanted))
        return Response(present_transcript(transcript, self.links(page, transcript.message_count)))
