// MQTTBus
