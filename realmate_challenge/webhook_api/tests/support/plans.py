"""PostgreSQL's query plans as JSON, which all supported versions write in the same way, unlike text."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

type Node = dict[str, Any]


def nodes_of(plan: Node) -> Iterator[Node]:
    """Yield a node of a plan and all nodes below it, in the order of the text format."""
    yield plan
    for child in plan.get('Plans', ()):
        yield from nodes_of(child)


def explain(statement: str, *, analyze: bool = False) -> list[Node]:
    """Return the nodes of a statement's plan. With `analyze`, execute the statement."""
    with connection.cursor() as cursor:
        cursor.execute(f'EXPLAIN (ANALYZE {analyze}, FORMAT JSON) {statement}')
        (((plan,),),) = cursor.fetchall()
    return list(nodes_of(plan['Plan']))


def scan_of(node: Node) -> tuple[str, str | None, float]:
    """Return the type, the index and the number of rows, in all loops, of a node that reads a table."""
    return node['Node Type'], node.get('Index Name'), node['Actual Rows'] * node['Actual Loops']
