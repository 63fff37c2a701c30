import CEntrenous

/// Stops the program if the library that runs is not one that the header is good for.
let versionIsChecked: Void = {
    precondition(
        entrenous_is_compatible(UInt32(ENTRENOUS_VERSION_NUMBER)) != 0,
        "entrenous \(String(cString: entrenous_version())) is not what this binding is for"
    )
}()

func check(_ result: Int32) throws {
    if result != 0 { throw EntrenousError(code: result) }
}

/// The bytes that a call writes.
func written(_ len: Int, by call: (UnsafeMutablePointer<UInt8>) -> Int32) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: len)
    try check(call(&bytes))
    return bytes
}
