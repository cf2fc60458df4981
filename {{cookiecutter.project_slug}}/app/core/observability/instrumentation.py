"""Calls between layers, timed and traced: put `@measured("service")` on a class."""

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import iscoroutinefunction
from time import perf_counter
from typing import Any, Literal, ParamSpec, TypeVar

from app.core.observability.metrics import layer_call_seconds
from app.core.observability.outcomes import Outcome, outcome_of
from app.core.observability.tracing import span

Layer = Literal["service", "repository", "cache", "job"]
Class = TypeVar("Class", bound=type)
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def measured(layer: Layer, name: str | None = None) -> Callable[[Class], Class]:
    """Time each public asynchronous method that a class defines, and make a span of it.

    What it inherits counts under the class that defines it. A call costs some microseconds
    more than without. A class that serves several kinds of things gives a `name` with `{}`
    for the kind, which each object has as its attribute `kind`: `Sql{}Repository`.
    """

    def decorate(component: Class) -> Class:
        for operation, method in list(vars(component).items()):
            if iscoroutinefunction(method) and not operation.startswith("_"):
                setattr(
                    component,
                    operation,
                    _measured(method, layer, name or component.__name__, operation),
                )
        return component

    return decorate


def _measured(
    method: Callable[Parameters, Coroutine[Any, Any, Result]],
    layer: Layer,
    name: str,
    operation: str,
) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
    attributes = {"app.layer": layer}
    is_generic = "{}" in name
    title = f"{name}.{operation}"
    succeeded = None
    if not is_generic:
        succeeded = layer_call_seconds(layer, name, operation, Outcome.OK)

    @wraps(method)
    async def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        component = name.format(vars(args[0])["kind"]) if is_generic else name
        started = perf_counter()
        try:
            with span(f"{component}.{operation}" if is_generic else title, attributes):
                result = await method(*args, **kwargs)
        except BaseException as error:
            outcome = outcome_of(error)
            timings = layer_call_seconds(layer, component, operation, outcome)
            timings.observe(perf_counter() - started)
            raise
        timings = succeeded or layer_call_seconds(
            layer,
            component,
            operation,
            Outcome.OK,
        )
        timings.observe(perf_counter() - started)
        return result

    return call
