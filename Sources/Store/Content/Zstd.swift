// SPDX-License-Identifier: Apache-2.0
import CZstd
import Model

/// Compresses records one by one with one context, whose tables are made once.
@safe
final class ZstdCompressor {
  /// Fast, and at 3 times smaller good enough: an import must not wait for it.
  private static let level: CInt = 1

  /// Output of more than this is not kept room for.
  private static let keptByteCount = 1 << 20

  private let context: OpaquePointer
  private var output: UnsafeMutableRawBufferPointer

  init() throws(StoreError) {
    guard let made = unsafe ZSTD_createCCtx() else { throw .zstd("no memory") }
    unsafe context = made
    unsafe output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  }

  deinit {
    unsafe ZSTD_freeCCtx(context)
    unsafe output.deallocate()
  }

  /// Appends a zstd frame that tells its content's size.
  ///
  /// - Returns: Where the frame lies.
  func compress(_ bytes: [UInt8], into result: inout [UInt8]) throws(StoreError) -> Range<Int> {
    let bound = ZSTD_compressBound(bytes.count)
    if unsafe output.count < bound || output.count > max(bound, ZstdCompressor.keptByteCount) {
      unsafe output.deallocate()
      unsafe output = UnsafeMutableRawBufferPointer.allocate(byteCount: bound, alignment: 16)
    }
    let status = unsafe bytes.withUnsafeBytes { input in
      unsafe ZSTD_compressCCtx(
        context, output.baseAddress, output.count, input.baseAddress, input.count,
        ZstdCompressor.level)
    }
    guard ZSTD_isError(status) == 0 else { throw .zstd(zstdErrorName(status)) }
    let start = result.count
    unsafe result.append(contentsOf: output[0..<status])
    return start..<result.count
  }
}

/// Expands records; one context for many.
@safe
final class ZstdExpander {
  private let context: OpaquePointer

  init() throws(StoreError) {
    guard let made = unsafe ZSTD_createDCtx() else { throw .zstd("no memory") }
    unsafe context = made
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  /// The content of a frame that holds exactly so many bytes.
  ///
  /// - Throws: `StoreError` with `.damaged` when it is no such frame.
  func expand(_ frame: [UInt8], byteCount: Int) throws(StoreError) -> [UInt8] {
    // The frame's own word is compared first, so that damage cannot ask for any amount of memory.
    let told = unsafe frame.withUnsafeBytes { input in
      unsafe ZSTD_getFrameContentSize(input.baseAddress, input.count)
    }
    guard told == UInt64(byteCount) else { throw .zstd("the size of a record differs") }
    var status = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      status = unsafe frame.withUnsafeBytes { input in
        unsafe ZSTD_decompressDCtx(
          context, output.baseAddress, byteCount, input.baseAddress, input.count)
      }
      count = ZSTD_isError(status) == 0 ? status : 0
    }
    guard ZSTD_isError(status) == 0 else { throw .zstd(zstdErrorName(status)) }
    guard bytes.count == byteCount else { throw .zstd("a record is too short") }
    return bytes
  }
}

private func zstdErrorName(_ status: Int) -> String {
  unsafe String(cString: ZSTD_getErrorName(status))
}

extension StoreError {
  fileprivate static func zstd(_ detail: String) -> StoreError {
    StoreError(.damaged, "a native record cannot be read or written by zstd (\(detail))")
  }
}
