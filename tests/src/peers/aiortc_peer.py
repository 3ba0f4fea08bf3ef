"""aiortc, a WebRTC stack in Python, in a process of its own; process.ts says how it is spoken to.

It tells its candidates in its descriptions only, and finds new paths with a new peer connection only.
"""

import asyncio
import json
import sys

import aioice.ice
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp

LOOPBACK = "127.0.0.1"

# aioice leaves the loopback interface out, and there may be no other one on a machine that runs tests.
found_by_itself = aioice.ice.get_host_addresses
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK, *found_by_itself(use_ipv4, False)]


class Peer:
    """One peer connection at a time."""

    def __init__(self):
        self.connection = None
        self.sink = None

    async def open(self, opening):
        await self.close()
        servers = [
            RTCIceServer(server["urls"], server.get("username"), server.get("credential"))
            for server in opening["ice_servers"]
        ]
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        # Tracks that nobody reads from would fill the memory.
        self.sink = MediaBlackhole()
        self.connection.on("track", self.sink.addTrack)

    async def offer(self, ice_restart):
        if ice_restart:
            raise RuntimeError("aiortc cannot restart ICE")
        self.show()
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, sdp):
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        self.show()
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self.sink.start()
        return self.connection.localDescription.sdp

    async def take(self, sdp):
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        await self.sink.start()

    async def add(self, found):
        for told in found["candidates"]:
            candidate = candidate_from_sdp(told["candidate"].removeprefix("candidate:"))
            candidate.sdpMid = told.get("sdp_mid")
            candidate.sdpMLineIndex = told.get("sdp_m_line_index")
            await self.connection.addIceCandidate(candidate)
        if found["end"]:
            await self.connection.addIceCandidate(None)

    async def look(self):
        counts = {"audio": 0, "video": 0}
        if self.connection is None:
            return {"state": "closed", **counts}
        for entry in (await self.connection.getStats()).values():
            if entry.type == "inbound-rtp":
                counts[entry.kind] += entry.packetsReceived
        return {"state": self.connection.connectionState, **counts}

    async def close(self):
        connection, self.connection = self.connection, None
        if connection is not None:
            await self.sink.stop()
            await connection.close()

    def show(self):
        self.connection.addTrack(AudioStreamTrack())
        self.connection.addTrack(VideoStreamTrack())


async def main():
    peer = Peer()
    lines = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        asked = json.loads(line)
        number, what = asked.pop("id"), asked.pop("do")
        try:
            answer = {"id": number, "value": await getattr(peer, what)(**asked)}
        except Exception as error:
            answer = {"id": number, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    await peer.close()


asyncio.run(main())
