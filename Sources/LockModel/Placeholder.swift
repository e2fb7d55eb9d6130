// LockModel
