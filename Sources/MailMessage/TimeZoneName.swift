/// Zones by name (RFC 5322 section 4.3, `obs-zone`) and the unambiguous ones beside them.
enum TimeZoneName {
    /// Seconds east of Greenwich; nil for an unknown name, which RFC 5322 has count as UTC.
    static func offset(of lowerCased: String) -> Int64? {
        hours[lowerCased].map { $0 * 3600 }
    }

    private static let hours: [String: Int64] = [
        "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2,
        "eet": 2, "eest": 3, "msk": 3, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12,
        "nzdt": 13, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
        "akst": -9, "akdt": -8, "hst": -10,
    ]
}
