// SPDX-License-Identifier: Apache-2.0

/// Versions of EDRM XML that are written.
enum EDRMVersion: String, Sendable, CaseIterable {
  /// Without fields of our own: some readers know no later one.
  case minor1 = "1"
  case minor2 = "2"

  var hasFields: Bool { self == .minor2 }
}

/// Our own profile of EDRM XML as a schema (export-formats section 6.1).
enum EDRMSchema {
  /// The schema as it lies in a volume.
  static func text(_ version: EDRMVersion) -> String {
    var text = head
    if version.hasFields {
      text += """
          <xs:complexType name="FieldValues">
            <xs:sequence>

        """
      for name in fieldNames {
        text += "      <xs:element name=\"\(name)\" type=\"xs:string\" minOccurs=\"0\"/>\n"
      }
      text += """
            </xs:sequence>
          </xs:complexType>

        """
    }
    return text + document(version) + root(version)
  }

  /// The fields that a document may have, in order.
  static var fieldNames: [String] {
    Field.allCases.map(\.rawValue) + ExtraField.allCases.map(\.rawValue)
  }

  /// The data type of a field; all others are text.
  static func dataType(_ name: String) -> String {
    switch Field(rawValue: name) {
    case .attachmentCount, .fileSize, .pageCount, .messageCount, .contextCount: "LongInteger"
    default: "Text"
    }
  }

  private static let head = """
    <?xml version="1.0" encoding="UTF-8"?>
    <!-- SPDX-License-Identifier: Apache-2.0 -->
    <!-- What this program writes as EDRM XML; not the schema of the format's owner. -->
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:simpleType name="Digest">
        <xs:restriction base="xs:string">
          <xs:pattern value="[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="Name">
        <xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="DataType">
        <xs:restriction base="xs:string">
          <xs:enumeration value="Text"/>
          <xs:enumeration value="LongText"/>
          <xs:enumeration value="DateTime"/>
          <xs:enumeration value="Integer"/>
          <xs:enumeration value="LongInteger"/>
          <xs:enumeration value="Decimal"/>
          <xs:enumeration value="Boolean"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:complexType name="Tag">
        <xs:attribute name="TagName" type="Name" use="required"/>
        <xs:attribute name="TagDataType" type="DataType" use="required"/>
        <xs:attribute name="TagValue" type="xs:string" use="required"/>
      </xs:complexType>
      <xs:complexType name="ExternalFile">
        <xs:attribute name="FilePath" type="Name" use="required"/>
        <xs:attribute name="FileName" type="Name" use="required"/>
        <xs:attribute name="FileSize" type="xs:nonNegativeInteger" use="required"/>
        <xs:attribute name="Hash" type="Digest" use="required"/>
        <xs:attribute name="HashType" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string"><xs:enumeration value="MD5"/></xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:complexType>
      <xs:complexType name="File">
        <xs:sequence><xs:element name="ExternalFile" type="ExternalFile"/></xs:sequence>
        <xs:attribute name="FileType" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="Native"/>
              <xs:enumeration value="Text"/>
              <xs:enumeration value="Image"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:complexType>
      <xs:complexType name="Location">
        <xs:sequence>
          <xs:element name="Custodian" type="xs:string"/>
          <xs:element name="Description" type="xs:string" minOccurs="0"/>
          <xs:element name="LocationURI" type="xs:anyURI" minOccurs="0"/>
        </xs:sequence>
      </xs:complexType>
      <xs:complexType name="Relationship">
        <xs:attribute name="Type" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="Attachment"/>
              <xs:enumeration value="Container"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="ParentDocId" type="Name" use="required"/>
        <xs:attribute name="ChildDocId" type="Name" use="required"/>
      </xs:complexType>

    """

  private static func document(_ version: EDRMVersion) -> String {
    let values =
      version.hasFields
      ? "      <xs:element name=\"FieldValues\" type=\"FieldValues\" minOccurs=\"0\"/>\n" : ""
    return """
        <xs:complexType name="Document">
          <xs:sequence>
      \(values)      <xs:element name="Tags" minOccurs="0">
              <xs:complexType>
                <xs:sequence>
                  <xs:element name="Tag" type="Tag" maxOccurs="unbounded"/>
                </xs:sequence>
              </xs:complexType>
            </xs:element>
            <xs:element name="Files">
              <xs:complexType>
                <xs:sequence>
                  <xs:element name="File" type="File" maxOccurs="unbounded"/>
                </xs:sequence>
              </xs:complexType>
            </xs:element>
            <xs:element name="Locations" minOccurs="0">
              <xs:complexType>
                <xs:sequence>
                  <xs:element name="Location" type="Location" maxOccurs="unbounded"/>
                </xs:sequence>
              </xs:complexType>
            </xs:element>
          </xs:sequence>
          <xs:attribute name="DocID" type="Name" use="required"/>
          <xs:attribute name="DocType" use="required">
            <xs:simpleType>
              <xs:restriction base="xs:string">
                <xs:enumeration value="Message"/>
                <xs:enumeration value="File"/>
                <xs:enumeration value="Other"/>
              </xs:restriction>
            </xs:simpleType>
          </xs:attribute>
          <xs:attribute name="MimeType" type="Name" use="required"/>
        </xs:complexType>

      """
  }

  private static func root(_ version: EDRMVersion) -> String {
    let fields =
      version.hasFields
      ? """
              <xs:element name="Fields">
                <xs:complexType>
                  <xs:sequence>
                    <xs:element name="Field" maxOccurs="unbounded">
                      <xs:complexType>
                        <xs:attribute name="Key" type="xs:NCName" use="required"/>
                        <xs:attribute name="Name" type="Name" use="required"/>
                        <xs:attribute name="DataType" type="DataType" use="required"/>
                      </xs:complexType>
                    </xs:element>
                  </xs:sequence>
                </xs:complexType>
              </xs:element>

      """ : ""
    return """
        <xs:element name="Root">
          <xs:complexType>
            <xs:sequence>
      \(fields)        <xs:element name="Batch" maxOccurs="unbounded">
                <xs:complexType>
                  <xs:sequence>
                    <xs:element name="Documents" minOccurs="0">
                      <xs:complexType>
                        <xs:sequence>
                          <xs:element name="Document" type="Document" maxOccurs="unbounded"/>
                        </xs:sequence>
                      </xs:complexType>
                    </xs:element>
                    <xs:element name="Relationships" minOccurs="0">
                      <xs:complexType>
                        <xs:sequence>
                          <xs:element name="Relationship" type="Relationship"
                            maxOccurs="unbounded"/>
                        </xs:sequence>
                      </xs:complexType>
                    </xs:element>
                  </xs:sequence>
                </xs:complexType>
              </xs:element>
            </xs:sequence>
            <xs:attribute name="MajorVersion" type="xs:integer" use="required" fixed="1"/>
            <xs:attribute name="MinorVersion" type="xs:integer" use="required"
              fixed="\(version.rawValue)"/>
            <xs:attribute name="Description" type="Name" use="required"/>
            <xs:attribute name="Locale" type="xs:language" use="required"/>
            <xs:attribute name="DataInterchangeType" use="required">
              <xs:simpleType>
                <xs:restriction base="xs:string"><xs:enumeration value="Update"/></xs:restriction>
              </xs:simpleType>
            </xs:attribute>
          </xs:complexType>
          <xs:key name="FieldKey">
            <xs:selector xpath="Fields/Field"/>
            <xs:field xpath="@Key"/>
          </xs:key>
          <xs:key name="DocumentKey">
            <xs:selector xpath="Batch/Documents/Document"/>
            <xs:field xpath="@DocID"/>
          </xs:key>
          <xs:keyref name="Parent" refer="DocumentKey">
            <xs:selector xpath="Batch/Relationships/Relationship"/>
            <xs:field xpath="@ParentDocId"/>
          </xs:keyref>
          <xs:keyref name="Child" refer="DocumentKey">
            <xs:selector xpath="Batch/Relationships/Relationship"/>
            <xs:field xpath="@ChildDocId"/>
          </xs:keyref>
          <xs:unique name="OneParent">
            <xs:selector xpath="Batch/Relationships/Relationship"/>
            <xs:field xpath="@ChildDocId"/>
          </xs:unique>
        </xs:element>
      </xs:schema>

      """
  }
}
