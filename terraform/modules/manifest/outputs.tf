output "manifest" {
  value = local.manifest
}

output "parameter" {
  value = aws_ssm_parameter.this.name
}
