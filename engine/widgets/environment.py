"""The environment of templates: Jinja2, with code for what pages do thousands of times.

A page writes out several hundred values and reads as many attributes. What Jinja2 does for each of them in general is
done here for the kinds that occur, with the same outcome: text is escaped without being wrapped in a new object, the
members of what a view gives are looked up before the methods of a dict are tried, and the functions that every template
knows are called as they are.
"""

from __future__ import annotations

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup

from engine.widgets.markup import escaped

CALLED_AS_THEY_ARE = frozenset({"asset", "cell", "icon", "t"})
_METHODS = frozenset(dir(dict))


def written(value: object) -> str:
    """A value as it stands in the HTML: markup as it is, everything else escaped."""
    if type(value) is Markup:
        return value
    if type(value) is str:
        return escaped(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return escaped(str(value))


class TemplateCode(CodeGenerator):
    """Writes the Python of a template."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        named = isinstance(node.node, nodes.Name) and node.node.name in CALLED_AS_THEY_ARE
        if not named or forward_caller or node.dyn_args is not None or node.dyn_kwargs is not None:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for one in (*node.args, *node.kwargs):
            self.visit(one, frame)
            self.write(", ")
        self.write(")")


class TemplateEnvironment(Environment):
    """Jinja2's environment with that code."""

    code_generator_class = TemplateCode
    written = staticmethod(written)

    def getattr(self, obj: object, attribute: str) -> object:
        if type(obj) is dict and attribute in obj and attribute not in _METHODS:
            return obj[attribute]
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)
