// AdapterHost
