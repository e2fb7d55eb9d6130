// AdapterProtocol
