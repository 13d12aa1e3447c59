// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CLIBXML2_SHIM_H
#define CUSTODY_CLIBXML2_SHIM_H
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlwriter.h>

/* No parser of this process may load anything by a name in a document. */
static inline void custody_xml_prepare(void) {
  xmlInitParser();
  xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader);
}
#endif
