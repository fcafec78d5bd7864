"""Which places of a stream LangGraph's in-memory runtime resumes whole: docs/comparison.md."""

import asyncio
from uuid import uuid4

from langgraph_runtime_inmem.inmem_stream import Message, StreamManager

EVENTS = 1_000


async def main() -> None:
    """Put events in a loop, then ask for the rest after each of them."""
    streams, run, thread = StreamManager(), uuid4(), uuid4()
    for number in range(EVENTS):
        told = Message(topic=b"run", data=str(number).encode())
        await streams.put(run, thread, told, resumable=True)
    stored = streams.message_stores[thread][run]
    cursors = [message.id.decode() for message in stored]
    rests = [len([*streams.restore_messages(run, thread, cursor)]) for cursor in cursors]
    whole = sum(rest == EVENTS - 1 - number for number, rest in enumerate(rests))
    print(f"{len({*cursors})} ids for {EVENTS} events; {EVENTS - whole} places lose some")
    print(f"garbage replays {len([*streams.restore_messages(run, thread, 'garbage')])}")


if __name__ == "__main__":
    asyncio.run(main())
