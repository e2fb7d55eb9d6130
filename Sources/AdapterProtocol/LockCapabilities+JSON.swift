import LockModel
import WireBytes

/// What a lock can do, as `lock.add` answers it and every snapshot shows it.
extension LockCapabilities: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("lock", lock)
        json.member("unlock", unlock)
        json.member("unlatch", unlatch)
        try json.member("timedUnlock", timedUnlock)
        try json.member("autoRelock", autoRelock)
        json.member("doorSensor", doorSensor)
        json.member("battery", battery)
        json.member("jam", jam)
        try json.member("codes", codes)
        json.member("log", log)
        json.member("actor", actor)
        try json.member("connectMilliseconds", connectMilliseconds)
        try json.member("motorMilliseconds", motorMilliseconds)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            lock: try json.requiredBool("lock"), unlock: try json.requiredBool("unlock"), unlatch: try json.requiredBool("unlatch"),
            timedUnlock: try json.optional("timedUnlock"), autoRelock: try json.optional("autoRelock"),
            doorSensor: try json.requiredBool("doorSensor"), battery: try json.requiredBool("battery"), jam: try json.requiredBool("jam"),
            codes: try json.optional("codes"), log: try json.requiredBool("log"), actor: try json.requiredBool("actor"),
            connectMilliseconds: try json.requiredInteger("connectMilliseconds"),
            motorMilliseconds: try json.requiredInteger("motorMilliseconds"))
    }
}

extension LockCapabilities.SecondsRange: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("min", min)
        try json.member("max", max)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(min: try json.requiredInteger("min"), max: try json.requiredInteger("max"))
    }
}

extension LockCapabilities.AutoRelockRange: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("min", min)
        try json.member("max", max)
        json.member("waitsForDoor", waitsForDoor)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            min: try json.requiredInteger("min"), max: try json.requiredInteger("max"),
            waitsForDoor: try json.requiredBool("waitsForDoor"))
    }
}

extension LockCapabilities.Codes: JSONWritable, JSONReadable {
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("slots", slots)
        try json.member("firstSlot", firstSlot)
        try json.member("lengthMin", lengthMin)
        try json.member("lengthMax", lengthMax)
        json.member("readBack", readBack.rawValue)
        json.member("digits", digits)
        json.member("notBeginning", notBeginning)
        json.endObject()
    }

    package init(json: JSONObject) throws(JSONDecodingError) {
        self.init(
            slots: try json.requiredInteger("slots"), firstSlot: try json.requiredInteger("firstSlot"),
            lengthMin: try json.requiredInteger("lengthMin"), lengthMax: try json.requiredInteger("lengthMax"),
            readBack: try json.requiredWord("readBack"), digits: try json.optionalText("digits"),
            notBeginning: try json.optionalText("notBeginning"))
    }
}
