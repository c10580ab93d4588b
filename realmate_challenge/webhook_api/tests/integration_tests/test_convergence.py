"""The proofs of `unit_tests/use_cases/test_convergence.py` through the API, on a database that commits."""

from collections.abc import Iterable
from typing import Final
from uuid import uuid4

import hypothesis
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.events import WebhookEvent, digest
from realmate_challenge.webhook_api.serializers.events import encode_event
from realmate_challenge.webhook_api.tests.support.bounds import EXAMPLES_ON_DATABASE
from realmate_challenge.webhook_api.tests.support.crashes import CrashPlan, deliver
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.histories import (
    Delivery,
    deliveries,
    has_its_effect,
    states,
    states_in_order,
    unapplied,
)

pytestmark = pytest.mark.django_db(transaction=True)

# All examples of a test share its fixtures, so each example has its own ids.
with_some_examples: Final = hypothesis.settings(
    max_examples=EXAMPLES_ON_DATABASE,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
call_numbers: Final = st.frozensets(st.integers(1, 60), max_size=6)


def post(api_client: APIClient, events: Iterable[WebhookEvent]) -> list[int]:
    answers = [
        api_client.generic('POST', '/webhook/', encode_event(event), content_type='application/json')
        for event in events
    ]
    return [answer.status_code for answer in answers]


@with_some_examples
@given(drawn=deliveries())
def test_with_late_messages_accepted_any_order_ends_alike(
    api_client: APIClient, settings: Settings, drawn: Delivery
) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True
    delivery = drawn.under(uuid4())

    assert set(post(api_client, delivery.arrivals)) <= {204, 404}

    assert states(in_database(), delivery.order) == states_in_order(delivery.order)
    assert unapplied(in_database(), delivery.order) == {}
    assert set(post(api_client, delivery.order)) == {204}


@with_some_examples
@given(drawn=deliveries(complete=False))
def test_without_late_messages_an_event_is_applied_or_kept_and_a_replay_applies_it(
    api_client: APIClient, settings: Settings, drawn: Delivery
) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = False
    # A replay would retry the events of earlier examples.
    models.UnappliedEvent.objects.all().delete()
    delivery = drawn.under(uuid4())

    answers = post(api_client, delivery.arrivals)

    found, kept = states(in_database(), delivery.order), unapplied(in_database(), delivery.order)
    assert set(answers) <= {204, 400, 404}
    assert all(has_its_effect(event, found) is (digest(event) not in kept) for event in delivery.order)
    for event, answer in zip(delivery.arrivals, answers, strict=True):
        assert answer != 204 or has_its_effect(event, found)

    call_command('replay_events', '--accept-late', verbosity=0)
    assert states(in_database(), delivery.order) == states_in_order(delivery.order)


@with_some_examples
@given(drawn=deliveries(), before=call_numbers, after=call_numbers)
def test_crashes_between_any_two_steps_change_nothing(
    drawn: Delivery, before: frozenset[int], after: frozenset[int]
) -> None:
    delivery = drawn.under(uuid4())

    deliver(
        CrashPlan(before, after).applied_to(in_database()).handle_webhook_event(accept_late=True), delivery.arrivals
    )

    assert states(in_database(), delivery.order) == states_in_order(delivery.order)
    assert unapplied(in_database(), delivery.order) == {}
