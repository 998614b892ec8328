"""Ties the clauses of a query that speak of the same price, and of the same route."""

from __future__ import annotations

from index.fields import PRICE_FIELDS, ROUTE_FIELDS
from index.query_tree import And, Everything, Node, Not, OnePrice, OneRoute, Or


def all_of(nodes: list[Node]) -> Node | None:
    """All the nodes; None when there is none."""
    return None if not nodes else nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def _belongs(node: Node, fields: frozenset[str]) -> bool:
    """Whether a node without AND and NOT speaks of these fields only."""
    if isinstance(node, And | Not):
        return False
    if isinstance(node, Or):
        return all(_belongs(child, fields) for child in node.children)
    return getattr(node, "field", None) in fields


def nest(node: Node) -> Node:
    """Ties the clauses of one price, and of one route, together."""
    if _belongs(node, PRICE_FIELDS):
        return OnePrice(node)
    if _belongs(node, ROUTE_FIELDS):
        return OneRoute(node)
    if isinstance(node, Not):
        return Not(nest(node.child))
    if isinstance(node, Or):
        return Or(tuple(nest(child) for child in node.children))
    if not isinstance(node, And):
        return node
    prices = [child for child in node.children if _belongs(child, PRICE_FIELDS)]
    routes = [child for child in node.children if _belongs(child, ROUTE_FIELDS)]
    tied = {id(child) for child in (*prices, *routes)}
    children = [nest(child) for child in node.children if id(child) not in tied]
    if prices:
        children.append(OnePrice(all_of(prices) or Everything()))
    if routes:
        children.append(OneRoute(all_of(routes) or Everything()))
    return children[0] if len(children) == 1 else And(tuple(children))
