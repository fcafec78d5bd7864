"""The graph that LangGraph's server runs in docs/comparison.md: one node, one model, 200 chunks.

How long it sleeps after each is the user's message, in seconds. For an environment of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import END, START, MessagesState, StateGraph

CHUNKS = 200
WORDS = "twenty letters long "


class Scripted(BaseChatModel):
    """Answers at once, offline."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(content=WORDS * CHUNKS)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        pace = float(messages[-1].content)
        for _number in range(CHUNKS):
            yield ChatGenerationChunk(message=AIMessageChunk(content=WORDS))
            await asyncio.sleep(pace)


async def answer(state: MessagesState) -> dict[str, list[BaseMessage]]:
    """Ask the model."""
    return {"messages": [await Scripted().ainvoke(state["messages"])]}


graph = (
    StateGraph(MessagesState)
    .add_node(answer)
    .add_edge(START, "answer")
    .add_edge("answer", END)
    .compile()
)
