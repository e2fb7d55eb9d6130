// LockCrypto
