// WireBytes
