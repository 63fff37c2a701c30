import CEntrenous

/// An object of the library's, freed with this one.
public class Handle {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        freeHandle(pointer)
    }
}

func freeHandle(_ pointer: OpaquePointer) {
    _ = entrenous_free(UnsafeMutableRawPointer(pointer))
}

/// The handle that a call gives; nil if it gives none.
func handleIfAny(_ call: (UnsafeMutablePointer<OpaquePointer?>) -> Int32) throws -> OpaquePointer? {
    _ = versionIsChecked
    var pointer: OpaquePointer?
    try check(call(&pointer))
    return pointer
}

/// The handle that a call gives whenever it goes well.
func newHandle(_ call: (UnsafeMutablePointer<OpaquePointer?>) -> Int32) throws -> OpaquePointer {
    guard let pointer = try handleIfAny(call) else { preconditionFailure("no handle") }
    return pointer
}
