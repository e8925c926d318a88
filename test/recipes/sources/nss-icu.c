/* Mozilla's NSS opens its own plugins by name (libsoftokn3, libfreebl3); ICU reads its data library. */
#include <nss/nss.h>
#include <nss/pk11pub.h>
#include <nss/sechash.h>
#include <stdio.h>
#include <string.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>

int main(void) {
  unsigned char sum[32];
  const char *text = "fromage";
  if (NSS_NoDB_Init(NULL) != SECSuccess) return 1;
  if (PK11_HashBuf(SEC_OID_SHA256, sum, (const unsigned char *)text, (PRInt32)strlen(text)) != SECSuccess) return 2;
  printf("sha256 %02x%02x%02x%02x\n", sum[0], sum[1], sum[2], sum[3]);
  UErrorCode status = U_ZERO_ERROR;
  UCollator *swedish = ucol_open("sv", &status);
  if (U_FAILURE(status)) return 3;
  const UChar z[] = {0x7a, 0}, odiaeresis[] = {0xf6, 0};
  printf("sv %d\n", ucol_strcoll(swedish, z, -1, odiaeresis, -1) == UCOL_LESS);
  ucol_close(swedish);
  return 0;
}
