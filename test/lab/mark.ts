// SPDX-License-Identifier: Apache-2.0

/** Every process of a lab carries this variable with the lab's name. */
export const mark = 'MILVUS_BACKUP_LAB';
