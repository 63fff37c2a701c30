import CEntrenous

// What the library lends for as long as a handle is not freed is copied.

func copied(_ c: entrenous_bytes) -> [UInt8] {
    Array(UnsafeBufferPointer(start: c.data, count: c.len))
}

/// A function that gives the element of a list.
typealias At<Element> = (OpaquePointer?, Int, UnsafeMutablePointer<UnsafePointer<Element>?>?) -> Int32

func copyList<Element, Value>(
    _ list: OpaquePointer, _ at: At<Element>, _ value: (Element) -> Value
) throws -> [Value] {
    var count = 0
    try check(entrenous_count(UnsafeRawPointer(list), &count))
    var values: [Value] = []
    for index in 0..<count {
        var element: UnsafePointer<Element>?
        try check(at(list, index, &element))
        values.append(value(element!.pointee))
    }
    return values
}

/// Copies a list, and frees it.
func takeList<Element, Value>(
    _ list: OpaquePointer, _ at: At<Element>, _ value: (Element) -> Value
) throws -> [Value] {
    defer { freeHandle(list) }
    return try copyList(list, at, value)
}

/// Copies a buffer's text, and frees it.
func takeText(_ buffer: OpaquePointer) throws -> String {
    defer { freeHandle(buffer) }
    var data: UnsafePointer<UInt8>?
    var len = 0
    try check(entrenous_buffer_read(buffer, &data, &len))
    return String(decoding: UnsafeBufferPointer(start: data, count: len), as: UTF8.self)
}
