# Empty: a value that Terraform knew would stand in its state. docs/operations/terraform.md says who fills them.

resource "aws_secretsmanager_secret" "this" {
  for_each                = var.names
  name                    = "${var.cell.name}/${each.key}"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
}
