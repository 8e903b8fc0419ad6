/// The commit that the program was built from, or an empty string where whoever built it did not say.
const char *mailmount_commit(void);
