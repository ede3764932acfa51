"""What clients connect to: a thread for each, on 127.0.0.1."""

import contextlib
import socket
import threading

from assets_tests.doubles.redshift.conversation import Conversation, Dropped, House


class Proxy:
    """Listens; `port` says where."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._conversations: set[Conversation] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Ends every connection."""
        # Closing alone leaves the thread waiting.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._conversations):
            one.hang_up()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = Conversation(self._house, client)
        self._conversations.add(conversation)
        try:
            with contextlib.suppress(OSError, EOFError, Dropped):
                conversation.run()
        finally:
            self._conversations.discard(conversation)
            conversation.close()
