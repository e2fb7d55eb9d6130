"""A retailer's or resident's MQTT client that keeps what it hears, so that a test can wait for it."""

import json
import ssl
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions


class Client:
    def __init__(self, port: int, name: str, root: str, tls: ssl.SSLContext | None = None, protocol: int = mqtt.MQTTv5):
        self.name = name
        self.root = root
        self.heard: list[tuple[str, dict | str | None, mqtt.MQTTMessage]] = []
        self.news = threading.Condition()
        self.protocol = protocol
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"test-{name}-{time.time_ns()}", protocol=protocol)
        if tls is not None:
            self.client.tls_set_context(tls)
        self.client.on_connect = self._connected
        self.client.on_message = self._message
        self.client.reconnect_delay_set(1, 1)
        self.subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_disconnect = lambda *_: self.subscribed.clear()
        self.client.connect("127.0.0.1", port, keepalive=10)
        self.client.loop_start()
        assert self.subscribed.wait(10), "no SUBACK within 10 s"

    def _connected(self, client, _data, _flags, _reason, _properties):
        options = SubscribeOptions(qos=1, retainAsPublished=True) if self.protocol == mqtt.MQTTv5 else 1
        client.subscribe([(f"{self.root}/to/{self.name}/#", options), (f"{self.root}/gateway/#", options)])

    def _message(self, _client, _data, message):
        text = message.payload.decode()
        try:
            body = json.loads(text) if text else None
        except json.JSONDecodeError:
            body = text
        with self.news:
            self.heard.append((message.topic.removeprefix(self.root + "/"), body, message))
            self.news.notify_all()

    def publish(self, level: str, payload: str | bytes, retain: bool = False, correlation: bytes | None = None, response: str | None = None,
                principal: str | None = None):
        properties = Properties(PacketTypes.PUBLISH) if self.protocol == mqtt.MQTTv5 else None
        if correlation is not None:
            properties.CorrelationData = correlation
        if response is not None:
            properties.ResponseTopic = response
        topic = f"{self.root}/from/{principal or self.name}/{level}"
        assert self.subscribed.wait(20), "the broker did not come back"
        self.client.publish(topic, payload, qos=1, retain=retain, properties=properties).wait_for_publish(10)

    def wait(self, wanted, seconds: float = 15, what: str = "message"):
        """The first message for which `wanted(topic, body)` holds; fails with everything heard."""
        deadline = time.monotonic() + seconds
        checked = 0
        with self.news:
            while True:
                for topic, body, message in self.heard[checked:]:
                    if wanted(topic, body):
                        return topic, body, message
                checked = len(self.heard)
                left = deadline - time.monotonic()
                if left <= 0 or not self.news.wait(left):
                    if deadline - time.monotonic() <= 0:
                        raise AssertionError(f"no {what} within {seconds} s; heard:\n" + self.story())

    def reply(self, jti: str, status: str, seconds: float = 15) -> dict:
        return self.wait(
            lambda topic, body: topic.startswith(f"to/{self.name}/reply") and isinstance(body, dict)
            and body.get("id") == jti and body.get("status") == status,
            seconds, f"reply {status} to {jti}")[1]

    def any_reply(self, jti: str, seconds: float = 15) -> dict:
        return self.wait(
            lambda topic, body: topic.startswith(f"to/{self.name}/reply") and isinstance(body, dict) and body.get("id") == jti,
            seconds, f"reply to {jti}")[1]

    def event(self, kind: str, seconds: float = 15) -> dict:
        return self.wait(
            lambda topic, body: topic == f"to/{self.name}/event" and body["type"] == f"lockbridge.{kind}.v1", seconds, f"event {kind}")[1]

    def replies(self, jti: str) -> list[dict]:
        with self.news:
            return [body for topic, body, _ in self.heard if topic.startswith(f"to/{self.name}/reply") and isinstance(body, dict) and body.get("id") == jti]

    def events(self) -> list[dict]:
        with self.news:
            return [body for topic, body, _ in self.heard if topic == f"to/{self.name}/event"]

    def last(self, topic: str):
        with self.news:
            found = [body for heard, body, _ in self.heard if heard == topic]
        return found[-1] if found else None

    def forget(self):
        with self.news:
            self.heard.clear()

    def story(self) -> str:
        return "\n".join(f"  {topic}: {json.dumps(body)[:300]}" for topic, body, _ in self.heard)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
