// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CLIBXML2_SHIM_H
#define CUSTODY_CLIBXML2_SHIM_H
#include <libxml/xmlversion.h>
/* libxml2 may be built with an ICU that is not Foundation's: a file that sees the types of both does
   not compile. Only the end of a struct that nothing here makes depends on it. */
#undef LIBXML_ICU_ENABLED
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
