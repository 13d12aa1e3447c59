// SPDX-License-Identifier: Apache-2.0

/// Plain values that one owner appends to, one by one.
///
/// An array asks at each value whether it is shared; building an index appends some values for each
/// token of each text.
@safe
struct PlainBuffer<Element: BitwiseCopyable>: ~Copyable {
  private var storage: UnsafeMutablePointer<Element>
  private var capacity: Int
  /// How many values there are.
  private(set) var count = 0

  /// Makes an empty buffer.
  ///
  /// - Parameter capacity: Values to have room for from the start, at least 1.
  init(capacity: Int) {
    self.capacity = max(capacity, 1)
    unsafe storage = UnsafeMutablePointer<Element>.allocate(capacity: self.capacity)
  }

  deinit {
    unsafe storage.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  /// The values so far.
  var span: Span<Element> {
    @_lifetime(borrow self)
    get {
      let span = unsafe Span(_unsafeStart: UnsafePointer(storage), count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  subscript(index: Int) -> Element {
    @inline(__always) get {
      precondition(index >= 0 && index < count)
      return unsafe storage[index]
    }
    @inline(__always) set {
      precondition(index >= 0 && index < count)
      unsafe storage[index] = newValue
    }
  }

  @inline(__always)
  mutating func append(_ value: Element) {
    if count == capacity { grow(by: 1) }
    unsafe storage[count] = value
    count += 1
  }

  @inline(__always)
  mutating func append(contentsOf values: Span<Element>) {
    let added = values.count
    if capacity - count < added { grow(by: added) }
    unsafe values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe (storage + count).update(from: start, count: added)
    }
    count += added
  }

  /// Appends values of another buffer, by default all.
  @inline(__always)
  mutating func append(
    contentsOf other: borrowing PlainBuffer<Element>, from start: Int = 0, to end: Int? = nil
  ) {
    append(contentsOf: other.span.extracting(start..<(end ?? other.count)))
  }

  /// Makes room for values, which `write` then writes where they are to stand.
  ///
  /// - Parameters:
  ///   - limit: The most values that `write` writes.
  ///   - write: Gets the place and gives how many it wrote.
  @inline(__always)
  mutating func append(
    atMost limit: Int, _ write: (UnsafeMutablePointer<Element>) -> Int
  ) {
    if capacity - count < limit { grow(by: limit) }
    let written = unsafe write(storage + count)
    precondition(written >= 0 && written <= limit)
    count += written
  }

  /// Takes values off the end.
  @inline(__always)
  mutating func removeLast(to newCount: Int) {
    precondition(newCount >= 0 && newCount <= count)
    count = newCount
  }

  /// Forgets all values.
  ///
  /// - Parameter limit: Room for more values than these is given back.
  mutating func removeAll(keepingAtMost limit: Int = .max) {
    count = 0
    guard capacity > limit else { return }
    unsafe storage.deallocate()
    capacity = max(limit, 1)
    unsafe storage = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
  }

  /// Has so many values, whatever they are; all of them must be written before they are read.
  mutating func resizeUninitialized(to newCount: Int) {
    count = 0
    if capacity < newCount {
      unsafe storage.deallocate()
      capacity = newCount
      unsafe storage = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
    }
    count = newCount
  }

  /// Gives the values to read and change in place.
  @inline(__always)
  mutating func withPointer<Result>(
    _ body: (UnsafeMutablePointer<Element>) throws -> Result
  ) rethrows -> Result {
    try unsafe body(storage)
  }

  @inline(never)
  private mutating func grow(by added: Int) {
    let larger = max(count + added, capacity * 2)
    let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    unsafe moved.update(from: storage, count: count)
    unsafe storage.deallocate()
    unsafe storage = moved
    capacity = larger
  }
}

extension PlainBuffer<UInt8> {
  /// Appends bytes, mostly a few: a call to copy them costs more than they do.
  @inline(__always)
  mutating func append(few bytes: Span<UInt8>) {
    guard bytes.count <= 8 else { return append(contentsOf: bytes) }
    for index in bytes.indices { append(bytes[index]) }
  }

  /// Appends a number as SQLite writes it (see `[UInt8].append(varint:)`).
  @inline(__always)
  mutating func append(varint value: UInt64) {
    if value < 0x80 {
      append(UInt8(truncatingIfNeeded: value))
    } else if value < 0x4000 {
      unsafe append(atMost: 2) { place in
        unsafe place[0] = UInt8(truncatingIfNeeded: value >> 7) | 0x80
        unsafe place[1] = UInt8(truncatingIfNeeded: value) & 0x7F
        return 2
      }
    } else if value < 0x20_0000 {
      unsafe append(atMost: 3) { place in
        unsafe place[0] = UInt8(truncatingIfNeeded: value >> 14) | 0x80
        unsafe place[1] = UInt8(truncatingIfNeeded: value >> 7) | 0x80
        unsafe place[2] = UInt8(truncatingIfNeeded: value) & 0x7F
        return 3
      }
    } else {
      appendLong(varint: value)
    }
  }

  @inline(never)
  private mutating func appendLong(varint value: UInt64) {
    unsafe append(atMost: 9) { place in
      if value >> 56 != 0 {
        // Nine bytes, of which the last holds eight bits.
        for group in 0..<8 {
          unsafe place[group] = UInt8(truncatingIfNeeded: value >> UInt64(57 - 7 * group)) | 0x80
        }
        unsafe place[8] = UInt8(truncatingIfNeeded: value)
        return 9
      }
      let byteCount = (70 - value.leadingZeroBitCount) / 7
      var rest = value
      for index in stride(from: byteCount - 1, through: 0, by: -1) {
        unsafe place[index] = UInt8(truncatingIfNeeded: rest) | 0x80
        rest >>= 7
      }
      unsafe place[byteCount - 1] &= 0x7F
      return byteCount
    }
  }
}
