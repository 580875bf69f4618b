"""A QMP client of its own, with asyncio and nothing else, that sees a migration from its beginning to its end.

usage: lifecycle.py QMP-SOCKET STREAM fd|fdset|unix:PATH

The stream goes to the destination over a socket that the client passes (getfd), in a file that it passes (add-fd), or over a Unix
socket that it names in "channels". Prints what the destination said at the end as one JSON object.
"""

import asyncio
import json
import socket
import sys


class QmpClient:
    """Sends commands, keeps events, and tells replies apart by their ids."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._socket.setblocking(False)
        self._replies = {}
        self._next_id = 0
        self.events = []
        self._changed = asyncio.Condition()

    async def start(self):
        self._lines = self._read_lines()
        self.greeting = (await anext(self._lines))["QMP"]
        self._reader = asyncio.create_task(self._read())
        return await self.execute("qmp_capabilities")

    async def execute(self, command, arguments=None, descriptors=()):
        self._next_id += 1
        request = {"execute": command, "id": self._next_id}
        if arguments is not None:
            request["arguments"] = arguments
        reply = asyncio.get_running_loop().create_future()
        self._replies[self._next_id] = reply
        # Over several lines, as people write it.
        text = json.dumps(request, indent=1).encode() + b"\n"
        if descriptors:
            sent = socket.send_fds(self._socket, [text], descriptors)
            text = text[sent:]
        await asyncio.get_running_loop().sock_sendall(self._socket, text)
        answer = await reply
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']}")
        return answer["return"]

    async def wait_for_event(self, wanted):
        async with self._changed:
            await self._changed.wait_for(lambda: any(wanted(event) for event in self.events))

    async def _read(self):
        async for line in self._lines:
            if "event" in line:
                async with self._changed:
                    self.events.append(line)
                    self._changed.notify_all()
            else:
                self._replies.pop(line["id"]).set_result(line)

    async def _read_lines(self):
        rest = b""
        while data := await asyncio.get_running_loop().sock_recv(self._socket, 65536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                yield json.loads(line)


async def send_stream(client, stream, where):
    """Begins the migration and sends the stream; returns what is to be closed at the end."""
    if where == "fdset":
        with open(stream, "rb") as file:
            passed = await client.execute("add-fd", {"fdset-id": 7, "opaque": "stream"}, [file.fileno()])
        sets = await client.execute("query-fdsets")
        if sets != [{"fdset-id": 7, "fds": [{"fd": passed["fd"], "opaque": "stream"}]}]:
            raise RuntimeError(f"query-fdsets: {sets}")
        await client.execute("migrate-incoming", {"uri": "file:/dev/fdset/7"})
        await client.execute("remove-fd", {"fdset-id": 7})
        return None
    if where == "fd":
        ours, theirs = socket.socketpair()
        await client.execute("getfd", {"fdname": "mig"}, [theirs.fileno()])
        theirs.close()
        await client.execute("migrate-incoming", {"uri": "fd:mig"})
        _, writer = await asyncio.open_connection(sock=ours)
    else:
        path = where.removeprefix("unix:")
        address = {"transport": "socket", "type": "unix", "path": path}
        await client.execute("migrate-incoming", {"channels": [{"channel-type": "main", "addr": address}]})
        _, writer = await asyncio.open_unix_connection(path)
    with open(stream, "rb") as file:
        writer.write(file.read())
    await writer.drain()
    return writer


async def main(qmp, stream, where):
    client = QmpClient(qmp)
    await client.start()
    commands = {command["name"] for command in await client.execute("query-commands")}
    schema = {entry["name"]: entry for entry in await client.execute("query-qmp-schema")}
    unknown = [name for name in commands if schema[name]["meta-type"] != "command"]
    await client.execute("migrate-set-capabilities", {"capabilities": [{"capability": "events", "state": True}]})
    await client.execute("migrate-set-parameters", {"max-bandwidth": 1 << 30})
    before = await client.execute("query-status")

    writer = await send_stream(client, stream, where)
    await client.wait_for_event(lambda event: event.get("data", {}).get("status") in ("completed", "failed"))
    if writer is not None:
        writer.close()

    await client.execute("stop")
    paused = await client.execute("query-status")
    await client.execute("cont")
    result = {
        "version": client.greeting["version"]["qemu"],
        "unknown": unknown,
        "before": before["status"],
        "paused": paused["status"],
        "after": (await client.execute("query-status"))["status"],
        "migration": await client.execute("query-migrate"),
        "parameters": (await client.execute("query-migrate-parameters"))["max-bandwidth"],
        "human": await client.execute("human-monitor-command", {"command-line": "info status"}),
    }
    await client.execute("quit")
    await client.wait_for_event(lambda event: event["event"] == "SHUTDOWN")
    result["events"] = [event["event"] for event in client.events]
    print(json.dumps(result))


asyncio.run(main(*sys.argv[1:]))
